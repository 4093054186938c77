/**
 * socket.io clients with recovery on the hostile platform, whose sockets it cuts besides everything else that it does: nothing is
 * missed and nothing comes twice (contract row M5). Posts do not overtake one another here: an unmodified client comes back behind
 * the last event that arrived, and could not know of one that was overtaken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startTwinCloud } from '../support/cloud.ts';
import { retryPolicy } from '../support/clouds/hostile.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { batchStatus, type JobEvent, jobProgress, logLine } from '../support/mesh-events.ts';
import { newId, postOne } from '../support/mesh-webhook.ts';
import { recoveryFaults } from '../support/recovery-faults.ts';
import { until } from '../support/until.ts';

const SEED = process.env.RELAY_SEED ?? '1';
const POSTS_PER_SENDER = 30;
/** Longer than until the minute's pass that closes a socket whose publisher has died. */
const PATIENCE_MS = 180_000;
/** A repeat or a stray event is here by then. */
const STRAGGLERS_MS = 2_000;

test(`clients with recovery miss nothing and get nothing twice (RELAY_SEED=${SEED})`, async () => {
  const hostile = {
    seed: SEED,
    rates: { 'socket-cut': 0.01, 'socket-vanished': 0.01 },
    readings: { overtakingPosts: false, refusedLargePosts: false, binaryPosts: false },
  };
  const cloud = { ...(await startTwinCloud({ hostile })), retryPolicy };
  try {
    const [one, other, batch] = [newId('p'), newId('p'), newId('b')];
    const rooms = [`project_${one}`, `project_${other}`, `batch_${batch}`];
    const inRooms = [rooms, rooms.slice(0, 1), rooms.slice(1), rooms.slice(2)];
    const clients = await Promise.all(
      inRooms.map(async (own) => {
        const client = await MeshClient.open(cloud, { auth: { recovery: true }, rejoins: false });
        await client.joinAll(...own);
        return client;
      }),
    );
    /** Ids of events by the rooms that they are of. */
    const posted: { readonly rooms: readonly string[]; readonly id: string }[] = [];
    const sender = async (of: readonly string[], event: (n: number) => JobEvent): Promise<void> => {
      for (let n = 0; n < POSTS_PER_SENDER; n += 1)
        posted.push({ rooms: of, id: await postOne(cloud, event(n)) });
    };
    await Promise.all([
      sender(rooms.slice(0, 1), (n) => logLine('a', `a${n}`, { project_id: one })),
      sender(rooms.slice(0, 1), (n) => logLine('b', `b${n}`, { project_id: one })),
      sender(rooms.slice(1, 2), (n) => logLine('c', `c${n}`, { project_id: other })),
      sender(rooms.slice(2), (n) => batchStatus(batch, n)),
      sender([rooms[0] ?? '', rooms[2] ?? ''], (n) =>
        jobProgress('d', n, { project_id: one, batch_id: batch }),
      ),
    ]);
    const faults: string[] = [];
    for (const [index, client] of clients.entries()) {
      const own = inRooms[index] ?? [];
      const ids = posted.flatMap(({ rooms: of, id }) => (of.some((room) => own.includes(room)) ? [id] : []));
      const hasAll = () => (recoveryFaults(client, own, ids).length === 0 ? true : undefined);
      // What has not come by then is among the faults.
      await until('every event', hasAll, PATIENCE_MS).catch(() => undefined);
      await sleep(STRAGGLERS_MS);
      const found = recoveryFaults(client, own, ids).map((fault) => `client ${index}: ${fault}`);
      if (found.length > 0) faults.push(...found, `client ${index}: ${client.state()}`);
    }
    expect(faults).toEqual([]);
    const cuts = clients.reduce((sum, { drops }) => sum + drops.length, 0);
    expect(cuts, 'sockets were cut').toBeGreaterThan(clients.length);
    process.stdout.write(`${cloud.twin.strikes().length} faults, ${cuts} cuts\n`);
    for (const client of clients) client.close();
  } finally {
    await cloud.close();
  }
}, 600_000);
