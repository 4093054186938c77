/** What a session may use up: the bounds that a frame is counted under, and why one is refused. */
import { describe, expect, it } from 'vitest';
import { boundsOf, exceeded } from '../../../../shared/peers/limits.ts';

const NOW = 1_700_000_000_000;
const frame = { bytes: 10, at: NOW };
const session = { bytes: { client: 60, server: 30 }, pairedAt: NOW - 5_000, spentUntil: NOW - 4_000 };

describe('the bounds of a frame', () => {
  it('are none where nothing is limited', () => {
    expect(boundsOf({}, frame)).toEqual({ frameMs: 0 });
    expect(exceeded({}, session, frame)).toBeUndefined();
  });

  it('are what the session must be at before it', () => {
    expect(boundsOf({ bytes: 100, seconds: 60, framesPerSecond: 3 }, frame)).toEqual({
      bytes: 90,
      pairedAt: NOW - 60_000,
      spentUntil: NOW + 10_000,
      frameMs: 333.333,
    });
  });
});

describe('a session', () => {
  it.each([
    ['as many bytes as it may', { bytes: 100 }, undefined],
    ['a byte more', { bytes: 99 }, 'bytes'],
    ['as many seconds as it may', { seconds: 5 }, undefined],
    ['more of them', { seconds: 4 }, 'seconds'],
    ['frames within the burst', { framesPerSecond: 1 }, undefined],
  ])('with %s', (_, limits, reason) => {
    expect(exceeded(limits, session, frame)).toBe(reason);
  });

  it('whose frames have used up its time, and the burst', () => {
    const spent = { ...session, spentUntil: NOW + 10_000 };
    expect(exceeded({ framesPerSecond: 1 }, spent, frame)).toBeUndefined();
    expect(exceeded({ framesPerSecond: 1 }, { ...spent, spentUntil: NOW + 10_001 }, frame)).toBe('frames');
  });
});
