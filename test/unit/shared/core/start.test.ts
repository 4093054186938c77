import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import { parseCursor } from '../../../../shared/core/cursor.ts';
import type { Dialect } from '../../../../shared/core/ports.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { start, type Wish } from '../../../../shared/core/start.ts';
import { engineOn } from '../../../support/engine.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';
const epoch = epochOf(channel);
const wish: Wish = { by: 'me', inBatches: false };

interface Frame {
  type?: string;
  seq?: number;
  events?: { seq: number }[];
  [field: string]: unknown;
}

const frames = (world: MemoryWorld): Frame[] =>
  (world.received.get('a') ?? []).map((text) => JSON.parse(text));

async function arrive(world: MemoryWorld, dialect: Dialect, after?: string): Promise<void> {
  await arrived(world, { id: 'a', at: world.clock.now(), channel, dialect, after });
}

async function publishMany(world: MemoryWorld, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ json: JSON.stringify({ n }) }));
  await publish(engineOn(world), [{ channel, events }]);
}

describe('a start', () => {
  it('tells a relay.v1 client where the channel stands, then everything comes live', async () => {
    const world = memoryWorld();
    await publishMany(world, 3);
    await arrive(world, 'relay.v1');
    expect(await start(engineOn(world), 'a', wish)).toBe(true);
    await publishMany(world, 1);
    expect(frames(world)).toEqual([
      { type: 'ready', channel, head: `${epoch}.3`, recovered: null },
      { id: `${epoch}.4`, seq: 4, n: 0 },
    ]);
    expect(await world.connections.get('a')).toMatchObject({ live: true });
  });

  it('replays what was missed, in order, after the ready frame', async () => {
    const world = memoryWorld();
    await publishMany(world, 4);
    await arrive(world, 'relay.v1', `${epoch}.1`);
    await start(engineOn(world), 'a', wish);
    const [ready, ...events] = frames(world);
    expect(ready).toEqual({ type: 'ready', channel, head: `${epoch}.4`, recovered: true });
    expect(events.map(({ seq }) => seq)).toEqual([2, 3, 4]);
  });

  it('says nothing of its own to a plain client', async () => {
    const world = memoryWorld();
    await publishMany(world, 3);
    await arrive(world, 'plain', `${epoch}.2`);
    await start(engineOn(world), 'a', wish);
    await publishMany(world, 1);
    expect(frames(world).map(({ seq }) => seq)).toEqual([3, 4]);
  });

  it('gives a client that asks for batches few frames, of which the last says how far they go', async () => {
    const world = memoryWorld();
    await publishMany(world, 1_000);
    await arrive(world, 'relay.v1');
    const after = parseCursor(`${epoch}.0`);
    await start(engineOn(world), 'a', { by: 'me', inBatches: true, ...(after && { after }) });
    const [ready, ...batches] = frames(world);
    expect(ready?.recovered).toBe(true);
    expect(batches.length).toBeLessThan(5);
    expect(batches.flatMap(({ events = [] }) => events.map(({ seq }) => seq))).toEqual(
      Array.from({ length: 1_000 }, (_, index) => index + 1),
    );
    expect(batches.map(({ head }) => head)).toEqual([
      ...batches.slice(1).map(() => undefined),
      `${epoch}.1000`,
    ]);
    // Each says what it follows on, so that it can be understood whatever becomes of the others.
    const ends = batches.map(({ events = [] }) => `${epoch}.${events.at(-1)?.seq}`);
    expect(batches.map(({ after: follows }) => follows)).toEqual([`${epoch}.0`, ...ends.slice(0, -1)]);
    for (const text of world.received.get('a') ?? []) expect(Buffer.byteLength(text)).toBeLessThan(131_072);
  });

  it('replays nothing where the log does not reach back, and says so', async () => {
    const world = memoryWorld();
    await publishMany(world, 2);
    await arrive(world, 'relay.v1', `${epoch}.7`);
    await start(engineOn(world), 'a', wish);
    await publishMany(world, 1);
    expect(frames(world)).toEqual([
      { type: 'ready', channel, head: `${epoch}.2`, recovered: false },
      { id: `${epoch}.3`, seq: 3, n: 0 },
    ]);
  });

  it('happens once, whoever comes first', async () => {
    const world = memoryWorld();
    await arrive(world, 'relay.v1');
    const relay = engineOn(world);
    const starts = await Promise.all(['x', 'y', 'z'].map((by) => start(relay, 'a', { ...wish, by })));
    expect(starts.filter(Boolean)).toHaveLength(1);
    expect(frames(world)).toHaveLength(1);
  });

  it('of a connection that is gone does nothing', async () => {
    const world = memoryWorld();
    expect(await start(engineOn(world), 'a', wish)).toBe(false);
    expect(await world.membership.list(channel)).toEqual([]);
  });

  it('misses nothing of what is published between any two of its steps, in order, the ready frame first', async () => {
    const steps: string[] = [];
    const counting = memoryWorld();
    await arrive(counting, 'relay.v1', `${epoch}.0`);
    await start(engineOn(counting.as({ after: (call) => void steps.push(call) })), 'a', wish);
    expect(steps.length).toBeGreaterThan(5);
    for (let at = 0; at <= steps.length; at += 1) {
      const world = memoryWorld();
      await publishMany(world, 2);
      await arrive(world, 'relay.v1', `${epoch}.0`);
      let calls = 0;
      let publishing = Promise.resolve();
      const seen = world.as({
        before() {
          if (calls === at) publishing = publishMany(world, 3);
          calls += 1;
        },
      });
      await start(engineOn(seen), 'a', wish);
      await publishing;
      await publishMany(world, 1);
      const [first, ...events] = frames(world);
      expect(first?.type, `published before step ${at}`).toBe('ready');
      // In order, too: what comes live waits for what was missed.
      const numbers = [...new Set(events.map(({ seq }) => seq))];
      const expected = calls > at ? [1, 2, 3, 4, 5, 6] : [1, 2, 3];
      expect(numbers, `published before step ${at} of ${steps}`).toEqual(expected);
    }
  });

  it('that crashes after any of its calls leaves a connection that is not live', async () => {
    for (let at = 1; at < 30; at += 1) {
      const world = memoryWorld();
      await publishMany(world, 2);
      await arrive(world, 'relay.v1', `${epoch}.0`);
      const calls: string[] = [];
      const dying = world.as({ ...crashAfter(at), before: (call) => void calls.push(call) });
      const crashed = await untilCrash(start(engineOn(dying), 'a', wish)).then(
        () => true,
        () => false,
      );
      if (!crashed || calls.length < at || calls.at(-1) === 'setLive') return;
      expect(await world.connections.get('a'), `crashed after ${calls}`).toMatchObject({ live: false });
    }
    throw new Error('a start was expected to end within 30 calls');
  });
});
