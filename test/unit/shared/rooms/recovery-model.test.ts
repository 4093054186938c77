/** What a client that recovers ends up with, whatever fails and however it interleaves: every event of its rooms, once, in order. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import { readAll } from '../../../support/engine.ts';
import { epochOf } from '../../../support/memory-world.ts';
import type { RecoveringClient } from './recovering-client.ts';
import { type Faults, RecoveryModel } from './recovery-model.ts';

const RUNS = 400;
/** Calls and awakenings that a run may take: with its faults, and once they have stopped. */
const STEPS = 20_000;
const ROOMS = ['project:1', 'project:2', 'batch:1', 'job:1', 'job:2'] as const;

const numberOf = (payload: string): number => JSON.parse(payload).n;

/** The events of its rooms that the client is owed, by their numbers; `answered`: only those whose publish was. */
async function owed(model: RecoveryModel, client: RecoveringClient, answered: boolean): Promise<Set<number>> {
  const numbers = new Set<number>();
  const known = new Set(model.published.map(({ payload }) => numberOf(payload)));
  for (const [channel, head] of client.joined) {
    for (const { json } of await readAll(model.world, channel, head)) {
      const n: number | undefined = json === null ? undefined : JSON.parse(json).payload.n;
      if (n !== undefined && (!answered || known.has(n))) numbers.add(n);
    }
  }
  return numbers;
}

const has = (client: RecoveringClient, numbers: ReadonlySet<number>): boolean => {
  const got = new Set(client.received.map(({ n }) => n));
  return [...numbers].every((n) => got.has(n));
};

/** The number that each place of a log has, by "<epoch>.<seq>". */
async function logged(model: RecoveryModel): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  for (const channel of ROOMS) {
    for (const { seq, json } of await readAll(model.world, channel)) {
      if (json !== null) places.set(`${epochOf(channel)}.${seq}`, JSON.parse(json).payload.n);
    }
  }
  return places;
}

async function settle(model: RecoveryModel, answered: boolean): Promise<void> {
  await model.run(() => model.publishers === 0 && model.clients.every((each) => each.isSettled()), STEPS);
  const due = await Promise.all(model.clients.map((client) => owed(model, client, answered)));
  await model.run(() => model.clients.every((client, index) => has(client, due[index] ?? new Set())), STEPS);
}

async function expectOnceInOrder(model: RecoveryModel, leaves: boolean): Promise<void> {
  const places = await logged(model);
  for (const client of model.clients) {
    expect(client.complaints).toEqual([]);
    const numbers = client.received.map(({ n }) => n);
    if (!leaves) expect(numbers).toEqual([...new Set(numbers)]);
    const last = new Map<string, number>();
    for (const { n, epoch, seq } of client.received) {
      expect(places.get(`${epoch}.${seq}`)).toBe(n);
      expect(seq).toBeGreaterThan(last.get(epoch) ?? 0);
      last.set(epoch, seq);
    }
    for (const [channel, head] of client.left)
      expect(last.get(epochOf(channel)) ?? 0).toBeLessThanOrEqual(head);
  }
}

async function play(seed: number, leaves: boolean): Promise<RecoveryModel> {
  const random = seeded(seed);
  const one = <Item>(list: readonly Item[]) => list[Math.floor(random() * list.length)] as Item;
  const faults: Faults = {
    crashes: one([0, 0.1, 0.3]),
    posts: one([0, 0.05, 0.2]),
    haste: one([0, 0.003, 0.02]),
  };
  const model = new RecoveryModel(random, faults);
  for (let n = 0; n < 1 + Math.floor(random() * 2); n += 1) {
    const wanted = ROOMS.filter(() => random() < 0.5);
    const client = model.client(wanted, random() < 0.3 ? [one(ROOMS)] : []);
    for (let cuts = Math.floor(random() * 3); cuts > 0; cuts -= 1)
      model.later(300, 10_000, () => model.cut(client));
    model.later(200, 8_000, () => client.want(one(ROOMS)));
    if (leaves) for (let n = 0; n < 2; n += 1) model.whileIll(300, 10_000, () => client.leave(one(ROOMS)));
  }
  for (let n = 2 + Math.floor(random() * 3); n > 0; n -= 1) model.publisher(1 + Math.floor(random() * 3));
  // The faults last until they have had their time.
  const end = model.world.clock.now() + 15_000;
  await model.run(() => model.publishers === 0 || model.world.clock.now() > end, STEPS);
  model.heal();
  await settle(model, true);
  // What a publisher left behind that died comes with whatever is published next.
  for (const channel of ROOMS) model.flush([channel]);
  const answered = model.published.length + ROOMS.length;
  await model.run(() => model.published.length === answered, STEPS);
  await settle(model, false);
  const quiet = model.world.clock.now() + 200_000;
  await model.run(() => model.world.clock.now() > quiet, STEPS);
  return model;
}

/** Plays every seed; how many events arrived in all, and how often a client came back. */
async function playAll(leaves: boolean): Promise<{ received: number; returns: number }> {
  let received = 0;
  let returns = 0;
  for (let seed = 1; seed <= RUNS; seed += 1) {
    try {
      const model = await play(seed, leaves);
      await expectOnceInOrder(model, leaves);
      received += model.clients.reduce((sum, client) => sum + client.received.length, 0);
      returns += model.sockets - model.clients.length;
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  return { received, returns };
}

describe('a client that recovers', () => {
  it(`has every event of its rooms once and in order, in ${RUNS} runs`, async () => {
    const { received, returns } = await playAll(false);
    expect(received).toBeGreaterThan(RUNS * 10);
    expect(returns).toBeGreaterThan(RUNS);
  });

  it(`that leaves rooms has all of those that it stays in, and nothing later of the others, in ${RUNS} runs`, async () => {
    const { received, returns } = await playAll(true);
    expect(received).toBeGreaterThan(RUNS * 10);
    expect(returns).toBeGreaterThan(RUNS);
  });
});
