/** A bridge that dies at any of its calls, before or after its effect, while another one stands by. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import { BridgeModel } from './bridge-model.ts';

/** Calls within which the first bridge dies: it takes the lease, subscribes, publishes and renews several times. */
const CALLS = 150;
/** Each of them with several orders: half of these die before the call's effect, half after it. */
const ORDERS = 2;
const SESSIONS = ['s0', 's1', 's2'];

/** How the run was that the first bridge died in. */
interface Run {
  readonly model: BridgeModel;
  readonly diedAt: string;
}

async function crashed(kind: 'core' | 'stream', crashAt: number, seed: number): Promise<Run> {
  const model = new BridgeModel(kind, seeded(seed));
  // Something was proven before, so that a first bridge's outage is one as well.
  const earlier = model.start();
  await model.run(() => model.isWorking(earlier));
  earlier.stop.abort();
  await model.run(() => earlier.isOver);
  const first = model.start(crashAt);
  model.talk(20_000);
  await model.pass(1_000);
  const second = model.start();
  await model.run(() => first.isDead() && model.isWorking(second));
  await model.pass(10_000);
  second.stop.abort();
  await model.run(() => second.isOver);
  return { model, diedAt: first.calls.at(-1) ?? '' };
}

async function expectOrder(model: BridgeModel): Promise<void> {
  for (const session of SESSIONS) {
    const numbers = await model.logged(session);
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  }
}

const runs = Array.from({ length: CALLS * ORDERS }, (_, n) => ({ crashAt: 1 + (n % CALLS), seed: n + 1 }));

describe('a bridge that dies while another one stands by', () => {
  it('loses nothing of a stream, has nothing twice, and keeps the order', async () => {
    const died = new Set<string>();
    for (const { crashAt, seed } of runs) {
      const { model, diedAt } = await crashed('stream', crashAt, seed);
      died.add(diedAt);
      // What was said after the last one had stopped is in the stream, for its successor.
      const done = model.noted.lease?.progress.position?.seq ?? 0;
      expect(done).toBeGreaterThan(60);
      expect(
        (await model.missing()).filter(({ n }) => n < done),
        `seed ${seed}`,
      ).toEqual([]);
      await expectOrder(model);
      expect(model.noted.outages.size).toBe(0);
    }
    for (const call of ['takeLease', 'subscribe', 'advance', 'claim', 'putSlot', 'settleClaim', 'renewLease'])
      expect([...died]).toContain(call);
  });

  it('on core NATS loses what is in a recorded outage, and nothing else', async () => {
    const died = new Set<string>();
    let lost = 0;
    for (const { crashAt, seed } of runs) {
      const { model, diedAt } = await crashed('core', crashAt, seed);
      died.add(diedAt);
      const missing = await model.missing();
      lost += missing.length;
      // What was said after the last one had stopped is in the outage that its successor would record.
      const end = model.noted.lease?.progress.provenAt ?? 0;
      const unexplained = missing.filter((one) => one.at < end && !model.isInOutage(one));
      expect(unexplained, `seed ${seed}, died at ${diedAt}`).toEqual([]);
      await expectOrder(model);
    }
    expect(lost).toBeGreaterThan(0);
    for (const call of ['takeLease', 'subscribe', 'recordOutage', 'advance', 'putSlot', 'renewLease'])
      expect([...died]).toContain(call);
  });
});
