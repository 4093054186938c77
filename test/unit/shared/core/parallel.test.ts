import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parallel } from '../../../../shared/core/parallel.ts';

const items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

describe('parallel', () => {
  it.each([1, 3, 10, 50])('does every item once, at most %i at one time', async (width) => {
    let running = 0;
    let most = 0;
    const done: [number, number][] = [];
    await parallel(items, width, async (item, index) => {
      running += 1;
      most = Math.max(most, running);
      for (let n = 0; n < (item % 3) + 1; n += 1) await turn();
      running -= 1;
      done.push([item, index]);
    });
    expect(most).toBe(Math.min(width, 10));
    expect(done.toSorted(([a], [b]) => a - b)).toEqual(items.map((item) => [item, item]));
  });

  it('starts items in their order', async () => {
    const started: number[] = [];
    await parallel(items, 3, async (item) => {
      started.push(item);
      await turn();
    });
    expect(started).toEqual(items);
  });

  it('has nothing to do for no items', async () => {
    await parallel([], 4, () => Promise.reject(new Error('never called')));
  });

  it('starts nothing after a failure, and throws the first one once the running ones ended', async () => {
    const ended: number[] = [];
    const started: number[] = [];
    const work = parallel(items, 3, async (item) => {
      started.push(item);
      if (item === 1) throw new Error('first');
      await turn();
      await turn();
      ended.push(item);
      if (item === 2) throw new Error('second');
    });
    await expect(work).rejects.toThrow('first');
    expect(started).toEqual([0, 1, 2]);
    expect(ended).toEqual([0, 2]);
  });

  it('throws what was thrown, also when that is nothing', async () => {
    const outcome = await parallel([1], 1, () => Promise.reject(undefined)).then(
      () => 'fulfilled',
      (error: unknown) => error,
    );
    expect(outcome).toBeUndefined();
  });
});
