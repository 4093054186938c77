import { describe, expect, it } from 'vitest';
import { append } from '../../../../shared/core/append.ts';
import type { Clock, EventLog } from '../../../../shared/core/ports.ts';
import { type LogEntry, readLog } from '../../../../shared/core/read-log.ts';
import { readAll } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const epoch = '_______tenant-t1';

/** Numbers a slot and writes it, as a publish does. */
async function write(world: MemoryWorld, ...jsons: string[]): Promise<void> {
  const head = await world.log.advance(channel, jsons.length);
  await world.log.putSlot(channel, epoch, { first: head.seq - jsons.length + 1, events: jsons });
}

async function readWith(log: EventLog, clock: Clock, after = 0): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readLog(log, clock, channel, after)) entries.push(entry);
  return entries;
}

const flat = (entries: readonly LogEntry[]): string =>
  entries.map(({ seq, json }) => `${seq}${json ?? '-'}`).join(' ');

describe('a reader', () => {
  it('reads every slot in order', async () => {
    const world = memoryWorld();
    await write(world, 'a', 'b');
    await write(world, 'c');
    await write(world, 'd', 'e', 'f');
    expect(flat(await readAll(world, channel))).toBe('1a 2b 3c 4d 5e 6f');
  });

  it('reads nothing of a channel that has never been used', async () => {
    expect(await readAll(memoryWorld(), channel)).toEqual([]);
  });

  it.each([
    [0, '1a 2b 3c 4d 5e 6f'],
    [1, '2b 3c 4d 5e 6f'],
    [2, '3c 4d 5e 6f'],
    [3, '4d 5e 6f'],
    [4, '5e 6f'],
    [5, '6f'],
    [6, ''],
    [7, ''],
  ])('that has %i goes on from there, also in the middle of a slot', async (after, expected) => {
    const world = memoryWorld();
    const start = world.clock.now();
    await write(world, 'a');
    await write(world, 'b', 'c', 'd');
    await write(world, 'e', 'f');
    expect(flat(await readAll(world, channel, after))).toBe(expected);
    expect(world.clock.now()).toBe(start);
  });

  it('reads on where an answer holds only some of the slots', async () => {
    const world = memoryWorld();
    await write(world, 'a', 'b');
    await write(world, 'c', 'd');
    await write(world, 'e');
    const log: EventLog = {
      ...world.log,
      slots: async (...question) => (await world.log.slots(...question)).slice(0, 1),
    };
    expect(flat(await readWith(log, world.clock, 1))).toBe('2b 3c 4d 5e');
  });

  it('does not wait for what is numbered after its call', async () => {
    const world = memoryWorld();
    await write(world, 'a', 'b');
    const reading = readLog(world.log, world.clock, channel, 0);
    expect((await reading.next()).value).toEqual({ seq: 1, json: 'a' });
    await world.log.advance(channel, 1);
    expect((await reading.next()).value).toEqual({ seq: 2, json: 'b' });
    expect((await reading.next()).done).toBe(true);
  });
});

describe('a hole', () => {
  it('is waited for and read when its writer was slow', async () => {
    const world = memoryWorld();
    await write(world, 'a');
    const slow = await world.log.advance(channel, 2);
    await write(world, 'd');
    let sleeps = 0;
    const clock: Clock = {
      now: world.clock.now,
      async sleep(ms) {
        await world.clock.sleep(ms);
        sleeps += 1;
        if (sleeps === 3) await world.log.putSlot(channel, slow.epoch, { first: 2, events: ['b', 'c'] });
      },
    };
    expect(flat(await readWith(world.log, clock))).toBe('1a 2b 3c 4d');
    expect(sleeps).toBe(3);
  });

  it('is voided number by number after 2 s', async () => {
    const world = memoryWorld();
    const start = world.clock.now();
    await write(world, 'a');
    await world.log.advance(channel, 3);
    await write(world, 'e');
    expect(flat(await readAll(world, channel))).toBe('1a 2- 3- 4- 5e');
    expect(world.clock.now() - start).toBe(2_000);
    expect((await world.log.slots(channel, epoch, 2, 4)).map(({ first, events }) => [first, events])).toEqual(
      [
        [2, [null]],
        [3, [null]],
        [4, [null]],
      ],
    );
  });

  it('at the end is voided up to the head, and once it is recorded nobody waits for it again', async () => {
    const world = memoryWorld();
    await write(world, 'a');
    await world.log.advance(channel, 2);
    expect(flat(await readAll(world, channel))).toBe('1a 2- 3-');
    const later = world.clock.now();
    expect(flat(await readAll(world, channel))).toBe('1a 2- 3-');
    expect(world.clock.now()).toBe(later);
  });

  it('of two crashed publishes in a row is voided as one, and what follows is read', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 2);
    await world.log.advance(channel, 1);
    await write(world, 'd');
    expect(flat(await readAll(world, channel))).toBe('1- 2- 3- 4d');
  });

  it('that its writer fills between the voids of a reader stays what the writer made it', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 1);
    await world.log.advance(channel, 2);
    let late = true;
    const log: EventLog = {
      ...world.log,
      async putSlot(name, numbering, slot) {
        if (slot.first === 2 && late) {
          late = false;
          await world.log.putSlot(name, numbering, { first: 2, events: ['b', 'c'] });
        }
        return world.log.putSlot(name, numbering, slot);
      },
    };
    expect(flat(await readWith(log, world.clock))).toBe('1- 2b 3c');
  });

  it('that a reader voided makes its late writer number again; every reader sees the same', async () => {
    const world = memoryWorld();
    let first = '';
    const log: EventLog = {
      ...world.log,
      async putSlot(name, numbering, slot) {
        if (first === '') first = flat(await readAll(world, channel));
        return world.log.putSlot(name, numbering, slot);
      },
    };
    const { placed } = await append(log, world.clock, channel, [{ json: 'a', name: 'n' }, { json: 'b' }]);
    expect(first).toBe('1- 2-');
    expect(placed.map(({ seq }) => seq)).toEqual([3, 4]);
    expect(flat(await readAll(world, channel))).toBe('1- 2- 3a 4b');
  });

  it('is left the same by two readers at once', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 3);
    await write(world, 'd');
    const both = await Promise.all([readAll(world, channel), readAll(world, channel)]);
    expect(both.map(flat)).toEqual(['1- 2- 3- 4d', '1- 2- 3- 4d']);
  });
});
