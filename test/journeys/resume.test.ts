/** Coming back: the ready frame, the cursor, what was missed (contract rows X2, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import {
  bearerOf,
  SocketClient as Client,
  type Frame,
  openAt,
  type SocketClient,
} from '../support/socket-client.ts';
import { newTenant, progress, publish, publishOne } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

function open(tenant: string, query = '', protocols: readonly string[] = []): Promise<SocketClient> {
  return openAt(cloud, `/stream?tenant=${tenant}${query}`, undefined, protocols);
}

/** Publishes events numbered from `from` on, one POST each; their ids. */
async function publishMany(tenant: string, count: number, from = 0): Promise<string[]> {
  const ids: string[] = [];
  for (const n of upTo(count)) ids.push(await publishOne(cloud, progress(tenant, { n: from + n })));
  return ids;
}

const isEvent = ({ seq }: Frame) => seq !== undefined;
const idsOf = (frames: readonly Frame[]) => frames.filter(isEvent).map(({ id }) => id);

needs('sure-hand-offs', () => {
  describe('a plain client', () => {
    test.each(['query', 'header'])(
      'that names the last id it saw in the %s gets everything since, in order',
      async (place) => {
        const tenant = newTenant();
        const ids = await publishMany(tenant, 5);
        const path = `/stream?tenant=${tenant}`;
        const client =
          place === 'query'
            ? await openAt(cloud, `${path}&after=${ids[1]}`)
            : await openAt(cloud, path, { ...bearerOf(cloud), 'Last-Event-ID': ids[1] ?? '' });
        await client.frames(3);
        const later = await publishMany(tenant, 2, 5);
        expect(idsOf(await client.frames(5))).toEqual([...ids.slice(2), ...later]);
        expect(client.received).toHaveLength(5);
        await client.close();
      },
    );

    test('that saw everything gets what comes', async () => {
      const tenant = newTenant();
      const ids = await publishMany(tenant, 2);
      const client = await open(tenant, `&after=${ids[1]}`);
      const marker = await publishMany(tenant, 1, 2);
      expect(idsOf(await client.frames(1))).toEqual(marker);
      await client.close();
    });

    test('that offers no subprotocol gets events alone', async () => {
      const tenant = newTenant();
      const client = await open(tenant);
      expect(client.protocol).toBe('');
      const ids = await publishMany(tenant, 1);
      expect(idsOf(await client.frames(1))).toEqual(ids);
      expect(client.received.every(isEvent)).toBe(true);
      await client.close();
    });
  });
});

describe('a cursor', () => {
  needs('refusal-status', () => {
    test.each(['x', '', '1', 'AAAAAAAAAAAAAAAA.', 'AAAAAAAAAAAAAAAA.-1', '%00', 'AAAAAAAAAAAAAAAA.1.1'])(
      '%j is malformed: 400',
      async (after) => {
        const url = cloud.socketUrl(`/stream?tenant=${newTenant()}&after=${after}`);
        expect((await new Client(url, bearerOf(cloud)).refused()).status).toBe(400);
      },
    );

    test('of another tenant is forbidden: 403', async () => {
      const [id] = await publishMany(newTenant(), 1);
      const url = cloud.socketUrl(`/stream?tenant=${newTenant()}&after=${id}`);
      expect((await new Client(url, bearerOf(cloud)).refused()).status).toBe(403);
    });

    test('given twice is 400', async () => {
      const tenant = newTenant();
      const [id] = await publishMany(tenant, 1);
      const url = cloud.socketUrl(`/stream?tenant=${tenant}&after=${id}&after=${id}`);
      expect((await new Client(url, bearerOf(cloud)).refused()).status).toBe(400);
    });
  });
});

needs('subprotocol', () => {
  needs('sure-hand-offs', () => {
    describe('a client of relay.v1', () => {
      const v1 = (tenant: string, query = '') => open(tenant, query, ['relay.v1']);

      test('is told first where its channel stands, and misses nothing from there on', async () => {
        const tenant = newTenant();
        const [before] = await publishMany(tenant, 1);
        const client = await v1(tenant);
        expect(client.protocol).toBe('relay.v1');
        const [ready] = await client.frames(1);
        expect(ready).toEqual({ type: 'ready', channel: `tenant:${tenant}`, head: before, recovered: null });
        const ids = await publishMany(tenant, 3, 1);
        expect(idsOf(await client.frames(4))).toEqual(ids);
        await client.close();
      });

      test('may offer it beside others', async () => {
        const client = await open(newTenant(), '', ['bearer.some-token', 'relay.v1']);
        expect(client.protocol).toBe('relay.v1');
        await client.close();
      });

      test('of a channel that never had an event has a head, and can come back to it', async () => {
        const tenant = newTenant();
        const first = await v1(tenant);
        const [ready] = await first.frames(1);
        await first.close();
        const ids = await publishMany(tenant, 2);
        const second = await v1(tenant, `&after=${ready?.head}`);
        const frames = await second.frames(3);
        expect(frames[0]).toMatchObject({ type: 'ready', recovered: true });
        expect(idsOf(frames)).toEqual(ids);
        await second.close();
      });

      test('that resumes gets everything since, and events that are published meanwhile, once each', async () => {
        const tenant = newTenant();
        const ids = await publishMany(tenant, 10);
        const opening = v1(tenant, `&after=${ids[2]}`);
        const meanwhile = await publish(
          cloud,
          upTo(10).map((n) => progress(tenant, { n: 10 + n })),
        );
        const client = await opening;
        const all = [...ids.slice(3), ...meanwhile];
        await client.frames(all.length + 1);
        expect(idsOf(client.received)).toEqual(all);
        await client.close();
      });

      test('is told when the log no longer reaches back, and is live', async () => {
        const tenant = newTenant();
        const [id = ''] = await publishMany(tenant, 1);
        const beyond = id.replace(/\.\d+$/, '.999');
        const client = await v1(tenant, `&after=${beyond}`);
        const [ready] = await client.frames(1);
        expect(ready).toMatchObject({ type: 'ready', head: id, recovered: false });
        const ids = await publishMany(tenant, 1, 1);
        expect(idsOf(await client.frames(2))).toEqual(ids);
        await client.close();
      });

      test('that pings is told the head', async () => {
        const tenant = newTenant();
        const client = await v1(tenant);
        await client.frames(1);
        const [id] = await publishMany(tenant, 1);
        client.send('{"action":"ping"}');
        const pong = await client.frameWhere(({ type }) => type === 'pong');
        expect(pong).toEqual({ type: 'pong', head: id });
        await client.close();
      });

      needs('long-invocations', () => {
        test('gets a thousand missed events in a few frames when it asks', async () => {
          const tenant = newTenant();
          const [first = ''] = await publishMany(tenant, 1);
          const ids = await publish(
            cloud,
            upTo(1_000).map((n) => progress(tenant, { n })),
          );
          const client = await v1(tenant);
          await client.frames(1);
          client.send(JSON.stringify({ action: 'resume', after: first }));
          const last = await client.frameWhere(({ head, type }) => type === 'events' && head !== undefined);
          expect(last).toMatchObject({ head: ids.at(-1), recovered: true });
          const batches = client.received.filter(({ type }) => type === 'events');
          expect(batches.length).toBeLessThan(10);
          expect(batches.flatMap(({ events }) => idsOf(events as Frame[]))).toEqual(ids);
          await client.close();
        });
      });

      test.each(['hello', '{}', '{"action":"dance"}', '{"action":"resume","after":"x"}'])(
        'that says %s is told so, and stays',
        async (text) => {
          const tenant = newTenant();
          const client = await v1(tenant);
          await client.frames(1);
          client.send(text);
          await client.frameWhere(({ type }) => type === 'error');
          const ids = await publishMany(tenant, 1);
          await client.frameWhere(({ id }) => id === ids[0]);
          await client.close();
        },
      );
    });
  });
});

needs('client-bearer', () => {
  needs('subprotocol', () => {
    needs('sure-hand-offs', () => {
      describe('a stream with a bearer', () => {
        let guarded: Cloud;
        beforeAll(async () => {
          guarded = await startCloud({ guarded: true });
        });
        afterAll(() => guarded?.close());

        test('takes it as a subprotocol too, since a browser can send no header', async () => {
          const path = `/stream?tenant=${newTenant()}`;
          const client = await openAt(guarded, path, {}, ['relay.v1', `bearer.${guarded.clientBearer}`]);
          expect(client.protocol).toBe('relay.v1');
          expect(await client.frames(1)).toMatchObject([{ type: 'ready' }]);
          await client.close();
        });

        test.each(['bearer.wrong', 'bearer.'])('refuses %s with 401', async (protocol) => {
          const url = guarded.socketUrl(`/stream?tenant=${newTenant()}`);
          const refused = new Client(url, {}, { protocols: ['relay.v1', protocol] }).refused();
          expect((await refused).status).toBe(401);
        });
      });
    });
  });
});
