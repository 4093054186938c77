import { describe, expect, it } from 'vitest';
import { StreamProgress } from '../../../../../shared/adapters/nats/stream-progress.ts';

/** Where it stands after so many were given (+) and settled (-). */
function seq(start: number, ...steps: number[]): number {
  const progress = new StreamProgress('s:1', start);
  for (const step of steps) step > 0 ? progress.given(step) : progress.settled(-step);
  expect(progress.position.stream).toBe('s:1');
  return progress.position.seq;
}

describe('a stream’s position', () => {
  it.each<[string, number, number[], number]>([
    ['is where it began, while nothing came', 7, [], 7],
    ['is before the oldest one that waits', 0, [1, 2, 3, -2, -3], 0],
    ['is the last one once all before it are settled', 0, [1, 2, 3, -3, -2, -1], 3],
    ['passes over those that are another’s, or were deleted', 0, [5, 9, -5], 8],
    ['passes over those before the first one that came', 10, [50], 49],
    ['passes over a hole once nothing waits', 0, [5, 9, -9, -5], 9],
    ['does not go back for one that comes again when it is done', 0, [1, 2, -1, -2, 1], 2],
    ['waits for one that comes again, once', 0, [1, 2, 1, -1], 1],
    ['does not go back for one from before its beginning', 10, [3, -3, 11], 10],
    ['is not moved by a settlement that comes twice', 0, [1, 2, -1, -1], 1],
    ['is not moved by a settlement of one that never came', 0, [1, -9], 0],
  ])('%s', (_title, start, steps, expected) => {
    expect(seq(start, ...steps)).toBe(expected);
  });
});
