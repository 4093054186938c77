/** Many socket.io clients, and quiet ones: 500 in 50 rooms with 5,000 events, and two hours without one (contract row M5). */
import { expect, test } from 'vitest';
import type { Clock } from '../../local/clock.ts';
import { startTwinCloud } from '../support/cloud.ts';
import { MeshClient } from '../support/mesh-client.ts';
import { batchStatus, type JobEvent, logLine } from '../support/mesh-events.ts';
import type { MeshClientOptions } from '../support/mesh-socket.ts';
import { newId, postJobs, postOne } from '../support/mesh-webhook.ts';
import { TwinTable } from '../support/tables.ts';
import { until } from '../support/until.ts';

const CLIENTS = 500;
const ROOMS = 50;
const EVENTS = 5_000;
const PER_POST = 50;
const ROOMS_PER_POST = 5;
const SENDERS = 4;
/** A gateway takes 500 new connections a second. */
const AT_ONCE = 25;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Does all of it, so many at a time. */
async function inLanes(count: number, lanes: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let mine = next++; mine < count; mine = next++) await work(mine);
  };
  await Promise.all(upTo(lanes).map(lane));
}

interface Room {
  readonly name: string;
  readonly event: (n: number) => JobEvent;
  readonly ids: string[];
}

/** Every other one a batch's; what is posted to one is of no other room, the jobs' own left aside. */
function makeRoom(index: number): Room {
  const id = newId(`crowd-${index}`);
  return index % 2 === 0
    ? { name: `batch_${id}`, event: (n) => batchStatus(id, n), ids: [] }
    : { name: `project_${id}`, event: (n) => logLine(`job-${id}`, `${n}`, { project_id: id }), ids: [] };
}

/** Most as they are, some of the oldest, some with recovery. */
function kindOf(index: number): MeshClientOptions {
  if (index % 10 === 0) return { auth: { recovery: true } };
  return { version: index % 10 < 3 ? '4.0' : '4.8' };
}

test('500 clients in 50 rooms each get exactly the events of theirs, of 5,000', async () => {
  const cloud = await startTwinCloud();
  try {
    const rooms = upTo(ROOMS).map(makeRoom);
    const roomOf = (index: number): Room => rooms[index % ROOMS] ?? expect.unreachable();
    const clients: MeshClient[] = [];
    await inLanes(CLIENTS, AT_ONCE, async (index) => {
      const client = await MeshClient.open(cloud, kindOf(Math.floor(index / ROOMS)));
      clients[index] = client;
      await client.joinAll(roomOf(index).name);
    });
    await inLanes(EVENTS / PER_POST, SENDERS, async (post) => {
      const chosen = upTo(PER_POST).map((n) => roomOf(post * ROOMS_PER_POST + (n % ROOMS_PER_POST)));
      const events = chosen.map((room, n) => room.event(post * PER_POST + n));
      const ids = await postJobs(cloud, { events });
      for (const [index, room] of chosen.entries()) room.ids.push(ids[index] ?? '');
    });
    expect(new Set(rooms.flatMap(({ ids }) => ids)).size).toBe(EVENTS);
    for (const [index, client] of clients.entries()) {
      const { ids } = roomOf(index);
      await client.first(ids.length, 60_000);
      expect(client.events.map(({ payload }) => payload.id).toSorted()).toEqual(ids.toSorted());
    }
    expect(clients.filter(({ connects, drops }) => connects.length !== 1 || drops.length > 0)).toEqual([]);
    for (const client of clients) client.close();
  } finally {
    await cloud.close();
  }
}, 300_000);

const MINUTE_MS = 60_000;
const LIFE_MINUTES = 120;
/** A socket on which nothing happens for ten is cut by the gateway. */
const MOST_QUIET_MINUTES = 9;

/** The platform's clock: what it waits for comes when the test lets minutes pass. */
class MinuteClock implements Clock {
  #passedMs = 0;
  readonly #timers = new Set<{ at: number; run(): void }>();

  now(): number {
    return Date.now() + this.#passedMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { at: this.now() + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  pass(): void {
    this.#passedMs += MINUTE_MS;
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.now())) {
      this.#timers.delete(timer);
      timer.run();
    }
  }
}

test('two quiet hours end in the two-hour cut alone, and all are back in their rooms', async () => {
  const clock = new MinuteClock();
  const cloud = await startTwinCloud({ clock });
  const table = new TwinTable(cloud.twin);
  try {
    const project = newId('p');
    const kinds: MeshClientOptions[] = [{}, { version: '4.0' }, { auth: { recovery: true }, rejoins: false }];
    const clients = await Promise.all(kinds.map((kind) => MeshClient.open(cloud, kind)));
    for (const client of clients) await client.joinAll(`project_${project}`);
    const connections = cloud.twin.connections().map(({ id }) => id);
    expect(connections).toHaveLength(clients.length);

    const quiet = clients.map(() => ({ pings: 0, since: 0 }));
    for (let minute = 1; minute < LIFE_MINUTES; minute += 1) {
      clock.pass();
      for (const id of connections) await table.age(id, minute * 60);
      await cloud.twin.fireSchedules();
      // A ping that is still on its way counts with the next minute.
      for (const [index, { pings }] of clients.entries())
        if (pings > (quiet[index]?.pings ?? 0)) quiet[index] = { pings, since: minute };
      const minutes = quiet.map(({ since }) => minute - since);
      expect(Math.max(...minutes), 'minutes without a ping').toBeLessThanOrEqual(MOST_QUIET_MINUTES);
      expect(
        clients.flatMap(({ drops }) => drops),
        `after ${minute} minutes`,
      ).toEqual([]);
    }

    clock.pass();
    clock.pass();
    await until('all are cut', () => (clients.every(({ drops }) => drops.length === 1) ? true : undefined));
    const id = await postOne(cloud, logLine('j', 'after two hours', { project_id: project }));
    for (const client of clients) {
      await client.connected(2);
      expect((await client.sees(id)).payload.message).toBe('after two hours');
      expect(client.events).toHaveLength(1);
      client.close();
    }
    expect(clients.map(({ connects }) => connects[1]?.recovered)).toEqual([false, false, true]);
  } finally {
    table.close();
    await cloud.close();
  }
}, 180_000);
