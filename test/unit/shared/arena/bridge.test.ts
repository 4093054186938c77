/** The bridge over connections that break, a lease that lapses, and its own end. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import type { Hooks } from '../../../support/memory-world.ts';
import { BridgeModel, type Running } from './bridge-model.ts';

const KINDS = ['core', 'stream'] as const;
const LEASE_MS = 9_000;

/** A bridge that works. */
async function working(
  kind: (typeof KINDS)[number],
  hooks: Hooks = {},
  seed = 1,
): Promise<{ model: BridgeModel; bridge: Running }> {
  const model = new BridgeModel(kind, seeded(seed));
  const bridge = model.start(undefined, hooks);
  await model.run(() => model.isWorking(bridge));
  return { model, bridge };
}

/** A store that is away for some calls, while a test says so. */
function away(...names: string[]): { hooks: Hooks; isAway: boolean } {
  const store = {
    isAway: false,
    hooks: {
      before(call: string) {
        if (store.isAway && names.includes(call)) throw new Error(`${call} failed`);
      },
    },
  };
  return store;
}

async function stopped(model: BridgeModel, bridge: Running): Promise<void> {
  bridge.stop.abort();
  await model.run(() => bridge.isOver);
}

/** What is missing without an outage that tells of it; what was said after the last proof is not known yet. */
async function unexplained(model: BridgeModel): Promise<{ readonly n: number; readonly at: number }[]> {
  const provenAt = model.noted.lease?.progress.provenAt ?? 0;
  return (await model.missing()).filter((one) => one.at < provenAt && !model.isInOutage(one));
}

describe('a renewal that fails', () => {
  it.each(KINDS)('for less than the lease’s time costs nothing: %s', async (kind) => {
    const store = away('renewLease');
    const { model, bridge } = await working(kind, store.hooks);
    const { version = 0 } = model.noted.lease ?? {};
    model.talk(9_000, 100);
    store.isAway = true;
    await model.pass(4_500);
    expect(model.noted.lease?.version).toBe(version);
    store.isAway = false;
    await model.pass(10_000);
    expect(bridge.told.filter((what) => what === 'working')).toHaveLength(1);
    expect(bridge.told).not.toContain('outage');
    expect(bridge.told).toContain('failed');
    expect(await model.missing()).toEqual([]);
    await stopped(model, bridge);
  });
});

describe('a bridge that is too far behind', () => {
  it('stops listening before its memory is full, and says so; then it goes on with what it has', async () => {
    const store = away('advance');
    const { model, bridge } = await working('core', store.hooks);
    store.isAway = true;
    const large = Buffer.from(JSON.stringify('x'.repeat(100_000)));
    for (let n = 0; n < 1_200; n += 1) model.broker.publish(`arena.s${n % 12}.event.n`, large);
    await model.run(() => !model.isWorking(bridge));
    model.broker.publish('arena.s1.event.n', Buffer.from('"unheard"'));
    await model.pass(8_000);
    expect(bridge.leadership.isHeld).toBe(true);
    expect(model.isWorking(bridge)).toBe(false);
    store.isAway = false;
    await model.run(() => model.isWorking(bridge));
    await model.pass(5_000);
    expect(bridge.told).toContain('outage');
    expect(bridge.leadership.term).toBe(1);
    const logged = await model.logged('s0');
    expect(logged.length).toBeGreaterThan(70);
    expect(logged.length).toBeLessThan(100);
    await stopped(model, bridge);
  });
});

describe('a connection that is lost', () => {
  it.each(KINDS)('and back within the lease’s time loses nothing that was taken: %s', async (kind) => {
    const store = away('advance');
    const { model, bridge } = await working(kind, store.hooks);
    store.isAway = true;
    for (let n = 0; n < 9; n += 1) model.say('s1');
    await model.pass(400);
    model.broker.breakLines();
    await model.run(() => !model.isWorking(bridge));
    await model.run(() => model.isWorking(bridge));
    expect(await model.logged('s1')).toEqual([]);
    store.isAway = false;
    await model.pass(5_000);
    expect(await model.logged('s1')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(bridge.leadership.term).toBe(1);
    expect(bridge.told.includes('outage')).toBe(kind === 'core');
  });

  it.each(KINDS)('at any moment loses nothing but what is in a recorded outage: %s', async (kind) => {
    let lost = 0;
    for (let seed = 1; seed <= 20; seed += 1) {
      const random = seeded(seed);
      const model = new BridgeModel(kind, random);
      model.talk(15_000, 10);
      const bridge = model.start();
      for (const moment of ['begun', 'proven', 'any', 'begun', 'proven', 'any']) {
        await model.run(() => model.isWorking(bridge));
        const { version = 0 } = model.noted.lease ?? {};
        if (moment === 'proven') await model.run(() => (model.noted.lease?.version ?? 0) > version);
        if (moment === 'any') await model.pass(random() * 4_000);
        model.broker.breakLines();
        await model.run(() => !model.isWorking(bridge));
      }
      await model.pass(15_000);
      await stopped(model, bridge);
      const missing = await model.missing();
      lost += missing.length;
      if (kind === 'stream') expect(missing, `seed ${seed}`).toEqual([]);
      // Before the first subscription of all nobody had been there to hear.
      const heard = (await unexplained(model)).filter(({ at }) => at >= (model.subscribedAt ?? 0));
      expect(heard, `seed ${seed}`).toEqual([]);
      for (const session of ['s0', 's1', 's2']) {
        const numbers = await model.logged(session);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
      }
    }
    expect(lost > 0).toBe(kind === 'core');
  });

  it('and away for long is asked for again and again, with waits that grow to 2 s and no further', async () => {
    const { model, bridge } = await working('core');
    const { broker, world } = model;
    broker.isAway = true;
    broker.breakLines();
    const tries: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const { attempts } = broker;
      await model.run(() => broker.attempts > attempts);
      tries.push(world.clock.now());
    }
    const waits = tries.slice(1).map((at, n) => at - (tries[n] ?? 0));
    expect(waits.slice(0, 4)).toEqual([200, 400, 800, 1_600]);
    expect(new Set(waits.slice(4))).toEqual(new Set([2_000]));
    broker.isAway = false;
    const backAt = world.clock.now();
    await model.run(() => model.isWorking(bridge));
    // No nine seconds more for a lease that was its own.
    expect(world.clock.now() - backAt).toBeLessThan(2_500);
    expect(bridge.leadership.term).toBe(2);
    expect([...model.noted.outages.values()]).toHaveLength(1);
    for (let n = 0; n < 3; n += 1) model.say('s1');
    await model.pass(1_000);
    expect(await model.logged('s1')).toEqual([0, 1, 2]);
  });

  it('of the one that works alone: the other one takes over', async () => {
    const { model, bridge: first } = await working('stream');
    const second = model.start();
    await model.run(() => second.calls.includes('readLease'));
    const { broker } = model;
    broker.isAway = true;
    broker.breakLines();
    await model.pass(LEASE_MS);
    broker.isAway = false;
    await model.run(() => model.isWorking(second) || model.isWorking(first));
    model.say('s1');
    await model.pass(1_000);
    expect(await model.missing()).toEqual([]);
    expect([first, second].filter(({ leadership }) => leadership.isHeld)).toHaveLength(1);
  });
});

describe('a subscription that is refused', () => {
  it('is tried again with the same waits, though NATS takes the connection each time', async () => {
    const store = away('subscribe');
    store.isAway = true;
    const model = new BridgeModel('core', seeded(1));
    const bridge = model.start(undefined, store.hooks);
    await model.pass(60_000);
    expect(model.broker.attempts).toBeGreaterThan(20);
    expect(model.broker.attempts).toBeLessThan(40);
    expect(bridge.errors).toContainEqual(new Error('subscribe failed'));
    store.isAway = false;
    await model.run(() => model.isWorking(bridge));
    await stopped(model, bridge);
  });
});

describe('a lease that is lost', () => {
  it.each(KINDS)('while messages wait leaves them to the one who takes it: %s', async (kind) => {
    const store = away('advance', 'renewLease', 'takeLease');
    const { model, bridge: first } = await working(kind, store.hooks);
    const second = model.start();
    model.talk(20_000);
    await model.pass(4_000);
    store.isAway = true;
    await model.run(() => model.isWorking(second));
    store.isAway = false;
    await model.pass(10_000);
    await stopped(model, second);
    if (kind === 'stream') expect(await model.missing()).toEqual([]);
    else expect(await model.missing()).not.toEqual([]);
    expect(await unexplained(model)).toEqual([]);
    // The first one was not told to stop: it works again, with sessions of a new term.
    await model.run(() => model.isWorking(first));
    expect(first.leadership.term).toBe(2);
    const { length } = model.published;
    for (const session of ['s0', 's1', 's2']) model.say(session);
    await model.pass(1_000);
    expect((await model.missing()).filter(({ n }) => n >= length)).toEqual([]);
    await stopped(model, first);
  });

  it.each(KINDS)('for a moment, with nobody to take it, ends nothing: %s', async (kind) => {
    let isSlow = false;
    const { model, bridge } = await working(kind, {
      async before(call) {
        if (call !== 'renewLease' || !isSlow) return;
        isSlow = false;
        await model.sleep(6_000);
      },
    });
    isSlow = true;
    model.talk(12_000);
    await model.pass(13_000);
    await model.run(() => model.isWorking(bridge));
    expect(bridge.told).toContain('standing');
    const { length } = model.published;
    for (const session of ['s0', 's1', 's2']) model.say(session);
    await model.pass(5_000);
    const missing = await model.missing();
    expect(missing.filter(({ n }) => n >= length)).toEqual([]);
    expect(await unexplained(model)).toEqual([]);
    if (kind === 'stream') expect(missing).toEqual([]);
    await stopped(model, bridge);
  });
});

describe('a bridge that is to stop', () => {
  it.each(KINDS)(
    'publishes what was taken, puts its lease down, and the next one begins at once: %s',
    async (kind) => {
      const store = away('advance');
      const { model, bridge: first } = await working(kind, store.hooks);
      const second = model.start();
      await model.run(() => second.calls.includes('readLease'));
      store.isAway = true;
      for (let n = 0; n < 300; n += 1) model.say(`s${n % 3}`);
      await model.pass(500);
      first.stop.abort();
      store.isAway = false;
      await model.run(() => first.isOver);
      if (kind === 'core') expect(await model.missing()).toEqual([]);
      expect(model.noted.lease).toMatchObject({ isFree: true, holder: first.name });
      const stoppedAt = model.world.clock.now();
      await model.run(() => model.isWorking(second));
      expect(model.world.clock.now() - stoppedAt).toBeLessThan(2_500);
      await model.pass(20_000);
      expect(await model.missing()).toEqual([]);
      const [outage] = model.noted.outages.values();
      expect(outage === undefined).toBe(kind === 'stream');
      expect((outage?.to ?? 0) - (outage?.from ?? 0)).toBeLessThan(4_000);
      await stopped(model, second);
    },
  );

  it('while NATS is away publishes what was taken, and puts its lease down', async () => {
    const store = away('advance');
    const { model, bridge } = await working('core', store.hooks);
    store.isAway = true;
    for (let n = 0; n < 5; n += 1) model.say('s1');
    await model.pass(300);
    model.broker.isAway = true;
    model.broker.breakLines();
    await model.pass(1_000);
    bridge.stop.abort();
    store.isAway = false;
    await model.run(() => bridge.isOver);
    expect(await model.logged('s1')).toEqual([0, 1, 2, 3, 4]);
    expect(model.noted.lease?.isFree).toBe(true);
  });

  it('while NATS is ending as well proves nothing that it cannot have heard', async () => {
    const { model, bridge } = await working('core');
    await model.pass(5_000);
    bridge.stop.abort();
    model.say('s1');
    model.broker.breakLines();
    await model.run(() => bridge.isOver);
    const [lost] = await model.missing();
    expect(lost).toBeDefined();
    expect(model.noted.lease?.isFree).toBe(true);
    expect(model.noted.lease?.progress.provenAt).toBeLessThan(lost?.at ?? 0);
    const next = model.start();
    await model.run(() => model.isWorking(next));
    expect(await unexplained(model)).toEqual([]);
    expect(lost && model.isInOutage(lost)).toBe(true);
    await stopped(model, next);
  });

  it('while it stands by, or NATS takes nobody, ends and leaves the lease alone', async () => {
    const { model, bridge: first } = await working('core');
    const second = model.start();
    await model.run(() => second.calls.includes('readLease'));
    await stopped(model, second);
    model.broker.isAway = true;
    const third = model.start();
    await model.run(() => third.told.includes('disconnected'));
    await stopped(model, third);
    expect(model.noted.lease).toMatchObject({ holder: first.name, isFree: false });
    expect([second.calls, third.calls].flat()).not.toContain('renewLease');
    model.broker.isAway = false;
    await stopped(model, first);
  });
});

describe('a last holder whose clock was ahead', () => {
  it('makes no outage that ends before it begins, and no proof of the future', async () => {
    const model = new BridgeModel('core', seeded(1));
    const now = model.world.clock.now();
    model.noted.lease = { version: 7, holder: 'x', isFree: true, progress: { provenAt: now + 3_600_000 } };
    const bridge = model.start();
    await model.run(() => model.isWorking(bridge));
    const [outage] = model.noted.outages.values();
    expect(outage?.from).toBeLessThanOrEqual(outage?.to ?? 0);
    await model.pass(4_000);
    expect(model.noted.lease?.progress.provenAt).toBeLessThanOrEqual(model.world.clock.now());
    await stopped(model, bridge);
  });
});
