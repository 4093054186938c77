import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../../shared/core/event.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { engineOn, events, readAll, subscribe } from '../../../support/engine.ts';
import { Crash, epochOf, type Hooks, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const event = (n: number, name?: string): NewEvent => ({
  json: JSON.stringify({ n }),
  ...(name === undefined ? {} : { name }),
});

async function publishOne(world: MemoryWorld, list: readonly NewEvent[]): Promise<string[]> {
  const [ids] = await publish(engineOn(world), [{ channel, events: list }]);
  return ids ?? [];
}

/** Crashes the caller after (or before) its n-th call. */
function crashAt(n: number, when: 'before' | 'after', seen: string[]): Hooks {
  let calls = 0;
  let dead = false;
  const count = (call: string): void => {
    calls += 1;
    seen.push(call);
    if (calls === n) dead = true;
  };
  return {
    before(call) {
      if (dead) throw new Crash(call);
      if (when === 'before') count(call);
      if (dead) throw new Crash(call);
    },
    after(call) {
      if (when === 'after') count(call);
      if (dead) throw new Crash(call);
    },
  };
}

describe('publish', () => {
  it('logs, numbers and delivers the events of one POST in order', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    const ids = await publishOne(world, [event(1), event(2), event(3)]);
    expect(ids).toEqual(['_______tenant-t1.1', '_______tenant-t1.2', '_______tenant-t1.3']);
    expect(world.received.get('a')?.map((frame) => JSON.parse(frame))).toEqual([
      { id: ids[0], seq: 1, n: 1 },
      { id: ids[1], seq: 2, n: 2 },
      { id: ids[2], seq: 3, n: 3 },
    ]);
    expect(events(await readAll(world, channel))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('makes two writes and no read besides the posts in steady state, four writes when named', async () => {
    const calls: string[] = [];
    const world = memoryWorld({ after: (call) => void calls.push(call) });
    await subscribe(world, 'a', channel, world.clock.now());
    const relay = engineOn(world);
    await publish(relay, [{ channel, events: [event(1)] }]);
    calls.length = 0;
    await publish(relay, [{ channel, events: [event(2)] }]);
    expect(calls).toEqual(['advance', 'putSlot', 'post']);
    calls.length = 0;
    await publish(relay, [{ channel, events: [event(3, 'n3')] }]);
    expect(calls).toEqual(['advance', 'claim', 'putSlot', 'post', 'settleClaim']);
  });

  it('delivers a name once and answers the repeat like the first', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    const first = await publishOne(world, [event(1, 'x')]);
    const second = await publishOne(world, [event(1, 'x')]);
    expect(second).toEqual(first);
    expect(world.received.get('a')).toHaveLength(1);
    expect(events(await readAll(world, channel))).toEqual([{ n: 1 }]);
  });

  it('takes the new events of a list whose other names are known', async () => {
    const world = memoryWorld();
    await publishOne(world, [event(1, 'x')]);
    const ids = await publishOne(world, [event(2, 'y'), event(1, 'x'), event(3), event(9, 'y')]);
    expect(ids).toEqual(['2', '1', '4', '2'].map((seq) => `_______tenant-t1.${seq}`));
    expect(events(await readAll(world, channel))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('keeps one event when both attempts of a named event run at once', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    const answers = await Promise.all(Array.from({ length: 8 }, () => publishOne(world, [event(1, 'x')])));
    expect(new Set(answers.flat()).size).toBe(1);
    expect(events(await readAll(world, channel))).toEqual([{ n: 1 }]);
  });

  it('numbers again when a reader gave up on its slot', async () => {
    const world = memoryWorld();
    const slow = world.as({
      before(call) {
        if (call !== 'putSlot' || world.slots.size > 0) return;
        world.slots.set(`${channel} ${epochOf(channel)} 1`, { first: 1, events: [null] });
      },
    });
    const ids = await publishOne(slow, [event(1, 'x'), event(2)]);
    expect(ids).toEqual(['_______tenant-t1.3', '_______tenant-t1.4']);
    expect((await readAll(world, channel)).map(({ seq, json }) => [seq, json])).toEqual([
      [1, null],
      [2, null],
      [3, '{"n":1}'],
      [4, '{"n":2}'],
    ]);
  });

  it('cuts a list that does not fit one log item and keeps its order', async () => {
    const world = memoryWorld();
    const big = (n: number): NewEvent => ({ json: JSON.stringify({ n, pad: 'x'.repeat(90_000) }) });
    const ids = await publishOne(
      world,
      Array.from({ length: 10 }, (_, n) => big(n)),
    );
    expect(ids.map((id) => Number(id.split('.')[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(world.slots.size).toBe(4);
    expect(events(await readAll(world, channel)).map((e) => (e as { n: number }).n)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });
});

describe('a publisher that crashes', () => {
  const steps = 12;
  const cases = [1, 2, 3].flatMap((size) =>
    ['before', 'after'].flatMap((when) =>
      Array.from({ length: steps }, (_, i) => ({ size, when: when as 'before' | 'after', at: i + 1 })),
    ),
  );

  it.each(cases)(
    '$when call $at of $size named events: the retry finishes it, once',
    async ({ size, when, at }) => {
      const world = memoryWorld();
      await subscribe(world, 'a', channel, world.clock.now());
      const list = Array.from({ length: size }, (_, n) => event(n, `name-${n}`));
      const first = await publishOne(world.as(crashAt(at, when, [])), list).catch((error: unknown) => error);
      const ids = await publishOne(world, list);
      if (Array.isArray(first)) expect(ids).toEqual(first);
      const log = await readAll(world, channel);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      const logged = events(log).map((e) => (e as { n: number }).n);
      expect(logged.toSorted()).toEqual(Array.from({ length: size }, (_, n) => n));
      const got = new Set(world.received.get('a')?.map((frame) => JSON.parse(frame).id));
      expect(got).toEqual(new Set(ids));
      // Nothing is stuck: the next one goes through and is the last of the log.
      await publishOne(world, [event(99)]);
      expect(events(await readAll(world, channel)).at(-1)).toEqual({ n: 99 });
    },
  );

  it.each(cases)(
    '$when call $at of $size events without a name: the log stays dense',
    async ({ size, when, at }) => {
      const world = memoryWorld();
      await subscribe(world, 'a', channel, world.clock.now());
      const list = Array.from({ length: size }, (_, n) => event(n));
      const first = await publishOne(world.as(crashAt(at, when, [])), list).catch((error: unknown) => error);
      await publishOne(world, list);
      const log = await readAll(world, channel);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      const count = events(log).length;
      expect([size, 2 * size]).toContain(count);
      if (Array.isArray(first)) expect(count).toBe(2 * size);
    },
  );

  it.each(cases)(
    '$when call $at of $size named events while a second attempt runs: one event',
    async ({ size, when, at }) => {
      const world = memoryWorld();
      await subscribe(world, 'a', channel, world.clock.now());
      const list = Array.from({ length: size }, (_, n) => event(n, `name-${n}`));
      const [, ids] = await Promise.all([
        publishOne(world.as(crashAt(at, when, [])), list).catch((error: unknown) => error),
        publishOne(world, list),
      ]);
      const logged = events(await readAll(world, channel)).map((e) => (e as { n: number }).n);
      expect(logged.toSorted()).toEqual(Array.from({ length: size }, (_, n) => n));
      expect(new Set(world.received.get('a')?.map((frame) => JSON.parse(frame).id))).toEqual(new Set(ids));
    },
  );
});
