import { describe, expect, it } from 'vitest';
import { RelayError } from '../../../../shared/core/errors.ts';
import { readCursor, standingOf } from '../../../../shared/core/resume.ts';
import { epochOf, memoryWorld, RETENTION_MS } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const epoch = epochOf(channel);

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
  } catch (error) {
    if (error instanceof RelayError) return error.code;
  }
  return undefined;
}

describe('a cursor', () => {
  const { log } = memoryWorld();

  it('is read as it was given out', () => {
    expect(readCursor(log, channel, `${epoch}.0`, 'query after')).toEqual({ epoch, seq: 0 });
    expect(readCursor(log, channel, `${epoch}.9007199254740991`, 'query after').seq).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  it.each([
    '',
    'x',
    epoch,
    `${epoch}.`,
    `${epoch}.-1`,
    `${epoch}.01`,
    `${epoch}.1.5`,
    `${epoch}.1 `,
    `${epoch}.1e3`,
    `${epoch}.9007199254740992`,
    `${epoch.slice(1)}.1`,
    `${epoch}x.1`,
    `${epoch.slice(0, 15)}#.1`,
  ])('%j is malformed', (text) => {
    expect(codeOf(() => readCursor(log, channel, text, 'query after'))).toBe('invalid');
  });

  it('of another channel is forbidden', () => {
    expect(codeOf(() => readCursor(log, channel, `${epochOf('tenant:t2')}.1`, 'query after'))).toBe(
      'forbidden',
    );
  });
});

describe('a standing', () => {
  it('of a channel that never had an event has a head, and the client can come back to it', async () => {
    const world = memoryWorld();
    const first = await standingOf(world.log, world.clock, channel, undefined);
    expect(first).toEqual({ head: { epoch, seq: 0 }, recovered: null, from: { epoch, seq: 0 } });
    await world.log.advance(channel, 2);
    const after = { epoch, seq: 0 };
    expect(await standingOf(world.log, world.clock, channel, after)).toEqual({
      head: { epoch, seq: 2 },
      recovered: true,
      from: after,
    });
  });

  it('at the head is recovered, however old the log', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 3);
    world.clock.advance(10 * RETENTION_MS);
    const standing = await standingOf(world.log, world.clock, channel, { epoch, seq: 3 });
    expect(standing.recovered).toBe(true);
  });

  it('behind the head of an old channel is recovered only where the log reaches back', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 3);
    await world.log.putSlot(channel, epoch, { first: 2, events: ['b', 'c'] });
    world.clock.advance(RETENTION_MS);
    const of = async (seq: number) =>
      (await standingOf(world.log, world.clock, channel, { epoch, seq })).recovered;
    expect(await of(0)).toBe(false);
    expect(await of(1)).toBe(true);
    expect(await of(2)).toBe(true);
  });

  it('where the log does not reach back goes on from the head', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 3);
    world.clock.advance(RETENTION_MS);
    const standing = await standingOf(world.log, world.clock, channel, { epoch, seq: 1 });
    expect(standing).toEqual({ head: { epoch, seq: 3 }, recovered: false, from: { epoch, seq: 3 } });
  });

  it.each([
    ['of another numbering', { epoch: `${epoch.slice(0, 15)}x`, seq: 1 }],
    ['beyond the head', { epoch, seq: 4 }],
  ])('%s is not recovered', async (_, after) => {
    const world = memoryWorld();
    await world.log.advance(channel, 3);
    expect((await standingOf(world.log, world.clock, channel, after)).recovered).toBe(false);
  });
});
