/** Server-sent events end to end: the same events, the same cursors, the same refusals (contract rows X2, X4 to X6). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { expectDocumented } from '../support/documented.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openAt, openStream } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { until } from '../support/until.ts';
import { type Answer, expectProblem, newTenant, progress, publish, publishOne } from '../support/webhook.ts';

async function refusalOf(
  { streamUrl, retryPolicy }: Cloud,
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(streamUrl(path), { method, headers });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectDocumented({ method, path }, answer);
    const wait = retryPolicy?.retryAfterMs(answer.status, attempt);
    if (wait === undefined) return answer;
    await sleep(wait);
  }
}

needs('streaming', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(() => cloud?.close());

  const idsOf = (frames: readonly { id: string }[]) => frames.map(({ id }) => id);

  /** Publishes one POST an event; their ids. */
  async function publishMany(tenant: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 1) ids.push(await publishOne(cloud, progress(tenant, { n })));
    return ids;
  }

  const refusal = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
    refusalOf(cloud, path, method, headers);

  describe.concurrent('a stream', () => {
    test('carries the frame that a socket gets, under its id and without a name', async () => {
      const tenant = newTenant();
      const [socket, client] = await Promise.all([
        openStream(cloud, tenant),
        openSse(cloud, tenantStream(tenant)),
      ]);
      await client.standing();
      const id = await publishOne(cloud, progress(tenant, { note: 'Grüße\nin zwei Zeilen' }));
      const [[frame], [event]] = await Promise.all([socket.frames(1), client.frames(1)]);
      expect(event).toEqual({ ...frame, line: id, name: '' });
      expect(client.text).toContain(`id: ${id}\ndata: ${socket.texts[0]}\n\n`);
      await Promise.all([socket.close(), client.close()]);
    });

    test('says that it is one, that it is not to be kept, and when to come back', async () => {
      const client = await openSse(cloud, tenantStream(newTenant()));
      await client.standing();
      expect(client.status).toBe(200);
      expect(client.headers.get('content-type')).toBe('text/event-stream');
      expect(client.headers.get('cache-control')).toBe('no-store');
      expect(client.headers.get('x-accel-buffering')).toBe('no');
      expect(client.retry).toBe(1_000);
      await client.close();
    });

    test('has the events of its tenant, in order, and none of another', async () => {
      const [own, other] = [newTenant(), newTenant()];
      const client = await openSse(cloud, tenantStream(own));
      await client.standing();
      const ids = [];
      for (let n = 0; n < 5; n += 1) {
        await publishOne(cloud, progress(other, { n }));
        ids.push(await publishOne(cloud, progress(own, { n })));
      }
      const frames = await client.frames(5);
      expect(idsOf(frames)).toEqual(ids);
      expectNumbers(frames, [1, 2, 3, 4, 5]);
      expect(client.received).toHaveLength(5);
      await client.close();
    });

    test('has the events of a list, each under its own id', async () => {
      const tenant = newTenant();
      const client = await openSse(cloud, tenantStream(tenant));
      await client.standing();
      const ids = await publish(
        cloud,
        Array.from({ length: 40 }, (_, n) => progress(tenant, { n })),
      );
      expect(idsOf(await client.frames(40))).toEqual(ids);
      await client.close();
    });

    needs('long-invocations', () => {
      test('ends by itself after a minute, with comments when it is quiet, and nothing is lost over the end', async () => {
        const tenant = newTenant();
        const first = await openSse(cloud, tenantStream(tenant));
        const begun = Date.now();
        expect(await first.ended()).toBe('ended');
        // A minute is over: not at once, and not never.
        expect(Date.now() - begun).toBeGreaterThan(50_000);
        expect(first.received).toEqual([]);
        expect(first.comments).toBeGreaterThanOrEqual(3);
        const ids = await publishMany(tenant, 2);
        const second = await openSse(cloud, tenantStream(tenant), { lastEventId: first.lastEventId });
        expect(idsOf(await second.frames(2))).toEqual(ids);
        await second.close();
      }, 120_000);
    });
  });

  describe.concurrent('a client that comes back', () => {
    test.each(['header', 'query'])(
      'with its last id in the %s gets everything since, once',
      async (place) => {
        const tenant = newTenant();
        const ids = await publishMany(tenant, 5);
        const client =
          place === 'header'
            ? await openSse(cloud, tenantStream(tenant), { lastEventId: ids[1] ?? '' })
            : await openSse(cloud, tenantStream(tenant, `&after=${ids[1]}`));
        await client.frames(3);
        const later = await publishMany(tenant, 2);
        expect(idsOf(await client.frames(5))).toEqual([...ids.slice(2), ...later]);
        expect(client.received).toHaveLength(5);
        await client.close();
      },
    );

    test('to an address that has an older ?after= resumes after its own last id', async () => {
      const tenant = newTenant();
      const ids = await publishMany(tenant, 4);
      const path = tenantStream(tenant, `&after=${ids[0]}`);
      const client = await openSse(cloud, path, { lastEventId: ids[2] ?? '' });
      expect(idsOf(await client.frames(1))).toEqual([ids[3]]);
      expect(client.received).toHaveLength(1);
      await client.close();
    });

    test('again and again, in the middle of what is published, misses none and gets none twice', async () => {
      const tenant = newTenant();
      const first = await openSse(cloud, tenantStream(tenant));
      let lastEventId = await first.standing();
      await first.close();
      const ids: string[] = [];
      const got: string[] = [];
      const listen = async (count: number) => {
        const client = await openSse(cloud, tenantStream(tenant), { lastEventId });
        await client.frames(count);
        await client.close();
        got.push(...idsOf(client.received));
        ({ lastEventId } = client);
      };
      for (let round = 0; round < 6; round += 1) {
        const posting = publishMany(tenant, 4);
        await listen(1);
        ids.push(...(await posting));
      }
      if (got.length < ids.length) await listen(ids.length - got.length);
      expect(got).toEqual(ids);
    });

    test('that had no event before it left misses none', async () => {
      const tenant = newTenant();
      const first = await openSse(cloud, tenantStream(tenant));
      const lastEventId = await first.standing();
      await first.close();
      const ids = await publishMany(tenant, 3);
      const second = await openSse(cloud, tenantStream(tenant), { lastEventId });
      expect(idsOf(await second.frames(3))).toEqual(ids);
      await second.close();
    });

    test('with an id that the log no longer reaches back to is live, without a sign', async () => {
      const tenant = newTenant();
      const [id = ''] = await publishMany(tenant, 1);
      const beyond = id.replace(/\d+$/, '999');
      const client = await openSse(cloud, tenantStream(tenant), { lastEventId: beyond });
      await until('the head', () => (client.lastEventId === beyond ? undefined : client.lastEventId));
      const [next] = await publishMany(tenant, 1);
      expect(idsOf(await client.frames(1))).toEqual([next]);
      await client.close();
    });

    needs('sure-hand-offs', () => {
      test('with an id from a socket goes on here, and with one from here on a socket', async () => {
        const tenant = newTenant();
        const socket = await openStream(cloud, tenant);
        const [first] = await publishMany(tenant, 1);
        const [frame] = await socket.frames(1);
        expect(frame?.id).toBe(first);
        await socket.close();
        const second = await publishMany(tenant, 2);
        const stream = await openSse(cloud, tenantStream(tenant), { lastEventId: frame?.id ?? '' });
        expect(idsOf(await stream.frames(2))).toEqual(second);
        await stream.close();
        const third = await publishMany(tenant, 2);
        const back = await openAt(cloud, `/stream?tenant=${tenant}&after=${stream.lastEventId}`);
        expect(idsOf(await back.frames(2))).toEqual(third);
        await back.close();
      });
    });
  });

  describe('a stream is refused', () => {
    test.each([
      ['no tenant', '/stream/sse', 'query tenant'],
      ['a bad tenant', '/stream/sse?tenant=a%20b', 'query tenant'],
      ['two tenants', '/stream/sse?tenant=a&tenant=b', 'query tenant'],
      ['a malformed ?after=', '/stream/sse?tenant=a&after=x', 'query after'],
    ])('with 400 for %s', async (_, path, field) => {
      const problem = expectProblem(await refusal(path), 400);
      expect(problem.errors.map((error) => error.field)).toEqual([field]);
    });

    test('with 400 for a malformed Last-Event-ID, and for two ?after=', async () => {
      const [id] = await publishMany(newTenant(), 1);
      const header = await refusal(tenantStream('a'), 'GET', { 'last-event-id': 'x' });
      expect(expectProblem(header, 400).errors[0]?.field).toBe('header Last-Event-ID');
      expectProblem(await refusal(tenantStream('a', `&after=${id}&after=${id}`)), 400);
    });

    needs('open-streams', () => {
      test('with 403 for another tenant’s id', async () => {
        const [id = ''] = await publishMany(newTenant(), 1);
        const answer = await refusal(tenantStream(newTenant()), 'GET', { 'last-event-id': id });
        expect(expectProblem(answer, 403).errors[0]?.field).toBe('header Last-Event-ID');
      });
    });

    test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('with 405 for %s, with what is taken', async (method) => {
      const answer = await refusal(tenantStream('a'), method);
      expectProblem(answer, 405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    });

    test('with 404 for a path of nobody', async () => {
      expectProblem(await refusal('/stream/sse/more?tenant=a'), 404);
    });
  });

  describe('without a stream', () => {
    needs('open-streams', () => {
      test('HEAD answers as GET would begin', async () => {
        const answer = await refusal(tenantStream('a'), 'HEAD');
        expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([
          200,
          'text/event-stream',
          '',
        ]);
        expect((await refusal('/stream/sse', 'HEAD')).status).toBe(400);
      });
    });

    test('OPTIONS answers what is taken', async () => {
      const answer = await refusal(tenantStream('a'), 'OPTIONS');
      expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([
        204,
        'GET, HEAD, OPTIONS',
        '',
      ]);
    });
  });
});

needs('streaming', () => {
  needs('client-bearer', () => {
    describe('where clients show a bearer', () => {
      let guarded: Cloud;
      beforeAll(async () => {
        guarded = await startCloud({ guarded: true });
      });
      afterAll(() => guarded?.close());

      test('a stream opens with the right one', async () => {
        const tenant = newTenant();
        const client = await openSse(guarded, tenantStream(tenant));
        await client.standing();
        const id = await publishOne(guarded, progress(tenant));
        expect((await client.frames(1))[0]?.id).toBe(id);
        await client.close();
      });

      test.each([
        ['missing', {}],
        ['wrong', { authorization: 'Bearer wrong' }],
        ['of another scheme', { authorization: 'Basic desktop-token' }],
      ])('one that is %s is answered with 401, after the query was judged', async (_, headers) => {
        const get = (path: string) => refusalOf(guarded, path, 'GET', { ...headers });
        expectProblem(await get(tenantStream('a')), 401);
        expectProblem(await get('/stream/sse'), 400);
        const id = await publishOne(guarded, progress(newTenant()));
        expectProblem(await get(tenantStream(newTenant(), `&after=${id}`)), 401);
      });
    });
  });
});
