import { describe, expect, it } from 'vitest';
import { formatCursor, parseCursor } from '../../../../shared/core/cursor.ts';
import { limits } from '../../../../shared/core/limits.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { standingOf } from '../../../../shared/core/resume.ts';
import { streamOf } from '../../../../shared/core/stream.ts';
import { engineOn } from '../../../support/engine.ts';
import { EventStreamReader } from '../../../support/event-stream.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const epoch = epochOf(channel);
const cursor = (seq: number): string => formatCursor({ epoch, seq });
const json = (n: number): string => JSON.stringify({ n });

async function post(world: MemoryWorld, ...numbers: number[]): Promise<void> {
  await publish(engineOn(world), [{ channel, events: numbers.map((n) => ({ json: json(n) })) }]);
}

/** One window of a client with this id, told of each piece; its reader afterwards. */
async function window(
  world: MemoryWorld,
  lastEventId = '',
  onPiece: (piece: string, reader: EventStreamReader) => Promise<void> | void = () => undefined,
): Promise<EventStreamReader> {
  const reader = new EventStreamReader(lastEventId);
  const standing = await standingOf(world.log, world.clock, channel, parseCursor(lastEventId));
  for await (const piece of streamOf(world, channel, standing)) {
    reader.feed(piece);
    await onPiece(piece, reader);
  }
  return reader;
}

const numbersOf = (reader: EventStreamReader): unknown[] =>
  reader.events.map(({ data }) => JSON.parse(data).n);

describe('a stream', () => {
  it('says when to come back and where it stands before it has any event', async () => {
    const world = memoryWorld();
    await post(world, 1, 2);
    const pieces: string[] = [];
    await window(world, '', (piece) => void pieces.push(piece));
    expect(pieces[0]).toBe(`retry: ${limits.streamRetryMs}\nid: ${cursor(2)}\n\n`);
  });

  it('carries what is published while it runs: the frame as data, the cursor as id, no name', async () => {
    const world = memoryWorld();
    const reader = await window(world, '', async (_, { events, retry }) => {
      if (retry !== undefined && events.length < 3) await post(world, events.length + 1);
    });
    expect(reader.events).toEqual(
      [1, 2, 3].map((n) => ({
        id: cursor(n),
        data: `{"id":"${cursor(n)}","seq":${n},"n":${n}}`,
        event: '',
      })),
    );
  });

  it('carries what was published before it when it resumes, and once', async () => {
    const world = memoryWorld();
    await post(world, 1, 2, 3);
    await post(world, 4);
    expect(numbersOf(await window(world, cursor(1)))).toEqual([2, 3, 4]);
    expect(numbersOf(await window(world, cursor(4)))).toEqual([]);
    expect(numbersOf(await window(world))).toEqual([]);
  });

  it('ends by itself after its window, and not much later', async () => {
    const world = memoryWorld();
    const begun = world.clock.now();
    await window(world);
    expect(world.clock.now() - begun).toBe(limits.streamWindowMs);
  });

  it('ends after its window too when events never stop coming', async () => {
    const world = memoryWorld();
    const begun = world.clock.now();
    const reader = await window(world, '', async () => {
      world.clock.advance(500);
      await post(world, 0);
    });
    expect(reader.events.length).toBeGreaterThan(10);
    expect(world.clock.now() - begun).toBeLessThan(limits.streamWindowMs + 1_000);
    // What it had no more time for is in the next window.
    const next = await window(world, reader.lastEventId);
    expect(next.events[0]?.id).toBe(cursor(reader.events.length + 1));
  });

  it('speaks at least every 15 s when nothing happens', async () => {
    const world = memoryWorld();
    const spoken: number[] = [];
    const reader = await window(world, '', () => void spoken.push(world.clock.now()));
    expect(reader.comments).toBeGreaterThanOrEqual(3);
    const gaps = spoken.slice(1).map((at, index) => at - (spoken[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(limits.streamCommentMs + 1_000);
  });

  it('looks at the head alone while it stands still, at most four times a second and at least every second', async () => {
    const calls: string[] = [];
    const quiet = memoryWorld({ before: (call) => void calls.push(call) });
    await window(quiet);
    const looks = calls.filter((call) => call === 'head').length;
    expect(looks).toBeGreaterThanOrEqual(60);
    expect(looks).toBeLessThan(75);
    expect(new Set(calls)).toEqual(new Set(['head', 'advance']));
  });
});

describe('a client that comes back with the id it was given last', () => {
  it('misses nothing and gets nothing twice over many windows', async () => {
    const world = memoryWorld();
    let n = 0;
    let lastEventId = '';
    const got: unknown[] = [];
    for (let round = 0; round < 5; round += 1) {
      const reader = await window(world, lastEventId, async () => {
        n += 1;
        await post(world, n);
        world.clock.advance(4_000);
      });
      got.push(...numbersOf(reader));
      lastEventId = reader.lastEventId;
      // Between two windows, where nobody listens.
      n += 1;
      await post(world, n);
    }
    got.push(...numbersOf(await window(world, lastEventId)));
    expect(got).toEqual(Array.from({ length: n }, (_, index) => index + 1));
  });

  it('keeps its place when it has seen no event at all', async () => {
    const world = memoryWorld();
    const first = await window(world);
    expect(first.events).toEqual([]);
    await post(world, 1);
    expect(numbersOf(await window(world, first.lastEventId))).toEqual([1]);
  });

  it('keeps its place behind voids, which are no events', async () => {
    const world = memoryWorld();
    await post(world, 1);
    await world.log.advance(channel, 2);
    const reader = await window(world, cursor(1));
    expect(reader.events).toEqual([]);
    expect(reader.lastEventId).toBe(cursor(3));
    expect([...world.slots.values()].map(({ first }) => first)).toEqual([1, 2, 3]);
  });

  it('is live from the head, without a sign, where the log no longer reaches back', async () => {
    const world = memoryWorld();
    await post(world, 1, 2);
    const reader = await window(
      world,
      formatCursor({ epoch: `${epoch.slice(0, 15)}x`, seq: 1 }),
      async (_, r) => {
        if (r.events.length === 0) await post(world, 3);
      },
    );
    expect(numbersOf(reader)[0]).toBe(3);
  });
});

describe('a number that is missing below the head', () => {
  it('is waited for: its event comes in its turn', async () => {
    const world = memoryWorld();
    await post(world, 1);
    await world.log.advance(channel, 1);
    await post(world, 3);
    let looks = 0;
    const slow = world.as({
      before(call) {
        if (call !== 'slots') return;
        looks += 1;
        if (looks === 5) world.slots.set(`${channel} ${epoch} 2`, { first: 2, events: [json(2)] });
      },
    });
    expect(numbersOf(await window(slow, cursor(1)))).toEqual([2, 3]);
  });

  it('is voided when it does not come, and what follows is sent', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 1);
    await post(world, 2);
    expect(numbersOf(await window(world, cursor(0)))).toEqual([2]);
    expect(world.slots.get(`${channel} ${epoch} 1`)).toEqual({ first: 1, events: [null] });
  });
});
