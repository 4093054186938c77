import { describe, expect, it } from 'vitest';
import { RelayError } from '../../../../shared/core/errors.ts';
import { limits } from '../../../../shared/core/limits.ts';
import { type Seating, takePlace } from '../../../../shared/core/places.ts';
import { Crash, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const seating = ({ places, clock }: MemoryWorld, random = () => 0.5): Seating => ({ places, clock, random });

async function refused(attempt: Promise<unknown>): Promise<RelayError> {
  const error: unknown = await attempt.catch((reason: unknown) => reason);
  if (error instanceof RelayError) return error;
  throw new Error('it was expected to be refused');
}

describe('a place', () => {
  it('is one of so many, each given once', async () => {
    const world = memoryWorld();
    const taken = [];
    for (const holder of ['a', 'b', 'c']) taken.push(await takePlace(seating(world), 3, holder));
    expect(taken.toSorted()).toEqual([0, 1, 2]);
    const error = await refused(takePlace(seating(world), 3, 'd'));
    expect(error.code).toBe('busy');
  });

  it('is never given to more than there are, however many ask at once', async () => {
    const world = memoryWorld();
    const asked = Array.from({ length: 40 }, (_, n) => takePlace(seating(world, Math.random), 10, `h${n}`));
    const answers = await Promise.allSettled(asked);
    const taken = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    expect(taken.length).toBeGreaterThan(0);
    expect(new Set(taken).size).toBe(taken.length);
    expect((await world.places.held()).size).toBe(taken.length);
  });

  it('is free at once when it is given back', async () => {
    const world = memoryWorld();
    await world.places.free(await takePlace(seating(world), 1, 'a'), 'a');
    expect(await takePlace(seating(world), 1, 'b')).toBe(0);
  });

  it('of a holder that crashed is free when its lease has ended, which is after its function must have', async () => {
    const world = memoryWorld();
    await takePlace(seating(world), 1, 'crashed');
    world.clock.advance(limits.streamSeconds * 1_000);
    await refused(takePlace(seating(world), 1, 'b'));
    world.clock.advance(limits.streamLeaseMs - limits.streamSeconds * 1_000);
    expect(await takePlace(seating(world), 1, 'b')).toBe(0);
    await world.places.free(0, 'crashed');
    await refused(takePlace(seating(world), 1, 'c'));
  });

  it.each(['before', 'after'] as const)('is not lost to a crash %s it is taken', async (moment) => {
    const world = memoryWorld();
    const crashing = world.as({
      [moment]: (call: string) => {
        if (call === 'takePlace') throw new Crash();
      },
    });
    await expect(takePlace(seating(crashing), 1, 'a')).rejects.toThrow(Crash);
    world.clock.advance(limits.streamLeaseMs);
    expect(await takePlace(seating(world), 1, 'b')).toBe(0);
  });
});

describe('the places of one user', () => {
  it('are a quarter of all, so that nobody takes them from everybody', async () => {
    const world = memoryWorld();
    for (let n = 0; n < 5; n += 1) await takePlace(seating(world, Math.random), 20, `h${n}`, 'u1');
    world.clock.advance(10_000);
    const { code, headers } = await refused(takePlace(seating(world), 20, 'h5', 'u1'));
    expect([code, headers]).toEqual(['too-many', { 'retry-after': '50' }]);
    await takePlace(seating(world), 20, 'other', 'u2');
    await takePlace(seating(world), 20, 'nobody');
  });

  it('are at least two, and free again like any other', async () => {
    const world = memoryWorld();
    const place = await takePlace(seating(world), 4, 'a', 'u1');
    await takePlace(seating(world), 4, 'b', 'u1');
    expect((await refused(takePlace(seating(world), 4, 'c', 'u1'))).code).toBe('too-many');
    await world.places.free(place, 'a');
    await takePlace(seating(world), 4, 'c', 'u1');
  });
});

describe('a refusal', () => {
  it('says when the oldest stream is due to end', async () => {
    const world = memoryWorld();
    await takePlace(seating(world), 2, 'a');
    world.clock.advance(20_000);
    await takePlace(seating(world), 2, 'b');
    const { headers } = await refused(takePlace(seating(world), 2, 'c'));
    expect(headers).toEqual({ 'retry-after': '40' });
  });

  it('says one second where that is past', async () => {
    const world = memoryWorld();
    await takePlace(seating(world), 1, 'a');
    world.clock.advance(limits.streamWindowMs + 1_000);
    expect((await refused(takePlace(seating(world), 1, 'b'))).headers).toEqual({ 'retry-after': '1' });
  });
});
