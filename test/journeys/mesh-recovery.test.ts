/** Socket.IO's connection state recovery: nothing is missed over cut sockets, and nothing comes twice (contract rows M5, X2). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsFromNow, signBySecret } from '../support/client-tokens.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { batchStatus, jobProgress, logLine } from '../support/mesh-events.ts';
import { newId, postJobs, postOne } from '../support/mesh-webhook.ts';
import { needs } from '../support/needs.ts';
import { recoveryFaults } from '../support/recovery-faults.ts';
import { contentOf, WireSocket } from '../support/wire-socket.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

const recovery = true;
const line = (project: string, message: string): Promise<string> =>
  postOne(cloud, logLine('j', message, { project_id: project }));
const idsOf = (client: MeshClient) => client.events.map(({ payload }) => payload.id);

/** A client with recovery, in these rooms; it joins none again by itself. */
async function recovering(...rooms: string[]): Promise<MeshClient> {
  const client = await MeshClient.open(cloud, { auth: { recovery }, rejoins: false });
  await client.joinAll(...rooms);
  return client;
}

describe('a client with recovery', () => {
  test('gets an offset behind each payload', async () => {
    const project = newId('p');
    const client = await recovering(`project_${project}`);
    const ids = [await line(project, '1'), await line(project, '2')];
    const events = await client.first(2);
    expect(idsOf(client)).toEqual(ids);
    for (const { rest } of events) expect(rest).toEqual([expect.stringMatching(/^\S+$/)]);
    expect(events[0]?.rest).not.toEqual(events[1]?.rest);
    client.close();
  });

  test.each(['close', 'terminate'] as const)(
    'that was cut before any event had come has missed nothing (%s)',
    async (how) => {
      const project = newId('p');
      const client = await recovering(`project_${project}`);
      client.cut(how);
      const ids = [await line(project, '1'), await line(project, '2')];
      await client.connected(2);
      await client.sees(ids[1] ?? '');
      ids.push(await line(project, '3'));
      await client.sees(ids[2] ?? '');
      expect(client.connects.slice(1).filter(({ recovered }) => !recovered)).toEqual([]);
      expect(idsOf(client)).toEqual(ids);
      client.close();
    },
  );

  test('keeps its rooms over repeated cuts, with and without events between them', async () => {
    const [one, other] = [newId('p'), newId('p')];
    const client = await recovering(`project_${one}`);
    const ids: string[] = [];
    for (const how of ['terminate', 'terminate', 'close', 'terminate'] as const) {
      await client.cutAndBack(how);
      if (ids.length < 2) ids.push(await line(one, `${ids.length}`));
    }
    await client.joinAll(`project_${other}`);
    await client.cutAndBack('terminate');
    for (const project of [one, other]) ids.push(await line(project, 'last'));
    for (const id of ids) await client.sees(id);
    expect(client.connects.length).toBeGreaterThan(5);
    expect(client.connects.slice(1).filter(({ recovered }) => !recovered)).toEqual([]);
    expect(new Set(client.connects.map(({ sid }) => sid)).size).toBe(1);
    expect(idsOf(client).toSorted()).toEqual(ids.toSorted());
    client.close();
  });

  // `whileAway` switches socket.io's own coming back off: a client that is waiting to come back just then never does.
  needs('sure-hand-offs', () => {
    test('gets what it missed of two rooms in the order of both, where events are in both and in one alone', async () => {
      const [project, batch] = [newId('p'), newId('b')];
      const client = await recovering(`project_${project}`, `batch_${batch}`);
      const ids: string[] = [];
      await client.whileAway(async () => {
        for (let n = 0; n < 4; n += 1) {
          ids.push(await postOne(cloud, jobProgress('j', n, { project_id: project, batch_id: batch })));
          ids.push(await postOne(cloud, batchStatus(batch, n)));
        }
      });
      await client.sees(ids.at(-1) ?? '');
      expect(idsOf(client)).toEqual(ids);
      client.close();
    });
  });

  test('is not brought back to a room that it has left', async () => {
    const [left, kept] = [newId('p'), newId('p')];
    const client = await recovering(`project_${left}`, `project_${kept}`);
    const seen = await line(left, 'before');
    await client.sees(seen);
    await client.leave(`project_${left}`);
    client.cut('terminate');
    await line(left, 'away');
    const away = await line(kept, 'away');
    await client.connected(2);
    await line(left, 'after');
    const last = await line(kept, 'after');
    await client.sees(last);
    expect(client.connects[1]?.recovered).toBe(true);
    expect(idsOf(client)).toEqual([seen, away, last]);
    client.close();
  });

  needs('long-invocations', () => {
    test('gets a thousand lines that it missed, in order', async () => {
      const project = newId('p');
      const client = await recovering(`project_${project}`);
      client.cut('terminate');
      const lines = Array.from({ length: 1_000 }, (_, n) => logLine('j', `${n}`, { project_id: project }));
      const ids = await postJobs(cloud, { events: lines });
      await client.connected(2);
      await client.first(ids.length, 60_000);
      expect(idsOf(client)).toEqual(ids);
      client.close();
    });
  });

  test('misses nothing of concurrent senders to several rooms, however often it is cut', async () => {
    const [one, other, batch] = [newId('p'), newId('p'), newId('b')];
    const rooms = [`project_${one}`, `project_${other}`, `batch_${batch}`];
    const client = await recovering(...rooms);
    const posted: string[] = [];
    const sender = async (event: (n: number) => Record<string, unknown>): Promise<void> => {
      for (let n = 0; n < 40; n += 1) posted.push(await postOne(cloud, event(n)));
    };
    let isSending = true;
    const sending = Promise.all([
      sender((n) => logLine('a', `a${n}`, { project_id: one })),
      sender((n) => logLine('b', `b${n}`, { project_id: other })),
      sender((n) => batchStatus(batch, n)),
      sender((n) => jobProgress('d', n, { project_id: one, batch_id: batch })),
    ]).finally(() => {
      isSending = false;
    });
    let cuts = 0;
    while (isSending || cuts < 5) {
      await client.cutAndBack(cuts % 3 === 0 ? 'close' : 'terminate');
      cuts += 1;
    }
    await sending;
    for (const id of posted) await client.sees(id);

    expect(recoveryFaults(client, rooms, posted)).toEqual([]);
    client.close();
  }, 300_000);
});

interface Connected {
  readonly wire: WireSocket;
  readonly pid: string;
}

async function byHand(auth: object): Promise<Connected> {
  const wire = await WireSocket.connected(cloud, { recovery, ...auth });
  const { pid } = contentOf(await wire.packet(/^40/)) as { pid: string };
  expect(pid).toMatch(/^\S+$/);
  return { wire, pid };
}

needs('sure-hand-offs', () => {
  describe('a pid', () => {
    test('without an offset brings everything since the join', async () => {
      const project = newId('p');
      const { wire, pid } = await byHand({});
      await wire.join(cloud, `project_${project}`);
      const ids = [await line(project, '1')];
      await wire.packet(new RegExp(`"id":"${ids[0]}"`));
      wire.close();
      await wire.closed();
      ids.push(await line(project, '2'));
      const again = await byHand({ pid });
      expect(again.pid).toBe(pid);
      for (const id of ids) await again.wire.packet(new RegExp(`"id":"${id}"`));
      again.wire.close();
    });

    test.each<[string, unknown]>([
      ['a word', 'nobody'],
      ['nothing', ''],
      ['a number', 7],
      ['null', null],
      ['an object', { a: 1 }],
      ['__proto__', '__proto__'],
      ['a long one', 'x'.repeat(2_000)],
    ])('that nobody was given starts anew: %s', async (_, wrong) => {
      const { wire, pid } = await byHand({ pid: wrong, offset: 'AAAAAAAAAAAAAAAA.1' });
      expect(pid).not.toBe(wrong);
      await wire.join(cloud, `project_${newId('p')}`);
      wire.close();
    });

    test.each(['garbage', '', 7, null, '__proto__'])(
      'with an offset that nobody was given loses nothing, or starts anew: %j',
      async (offset) => {
        const project = newId('p');
        const { wire, pid } = await byHand({});
        await wire.join(cloud, `project_${project}`);
        const id = await line(project, '1');
        wire.close();
        await wire.closed();
        const again = await byHand({ pid, offset });
        if (again.pid === pid) await again.wire.packet(new RegExp(`"id":"${id}"`));
        else await again.wire.join(cloud, `project_${project}`);
        again.wire.close();
      },
    );

    test('is not given to whoever does not ask for recovery', async () => {
      const wire = await WireSocket.connected(cloud);
      expect(Object.keys(contentOf(await wire.packet(/^40/)) as object)).toEqual(['sid']);
      wire.close();
    });
  });
});

needs('settings', () => {
  // A raw socket does not come back when the relay has to cut it.
  needs('sure-hand-offs', () => {
    test('somebody else’s pid brings nobody to rooms that the token does not cover', async () => {
      const CLIENT_JWT_SECRET = 'the-secret-of-client-tokens-of-this-journey';
      const guarded = await startCloud({ textFrames: true, environment: { CLIENT_JWT_SECRET } });
      try {
        const [own, others] = [newId('p'), newId('p')];
        const tokenFor = (project: string) =>
          signBySecret(CLIENT_JWT_SECRET, { channels: [`project:${project}`], exp: secondsFromNow(3_600) });
        const owner = await WireSocket.connected(guarded, { recovery, token: await tokenFor(others) });
        const { pid } = contentOf(await owner.packet(/^40/)) as { pid: string };
        await owner.join(guarded, `project_${others}`);
        const seen = await postOne(guarded, logLine('j', 'seen', { project_id: others }));
        await owner.packet(new RegExp(`"id":"${seen}"`));
        owner.close();
        await owner.closed();

        const thief = await WireSocket.connected(guarded, { recovery, pid, token: await tokenFor(own) });
        await thief.join(guarded, `project_${own}`);
        await postOne(guarded, logLine('j', 'away', { project_id: others }));
        const last = await postOne(guarded, logLine('j', 'last', { project_id: own }));
        await thief.packet(new RegExp(`"id":"${last}"`));
        expect(contentOf(await thief.packet(/^40/))).not.toMatchObject({ pid });
        expect(thief.texts.filter((text) => text.includes(others))).toEqual([]);
        thief.close();
      } finally {
        await guarded.close();
      }
    });
  });
});
