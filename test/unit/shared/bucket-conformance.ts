/** What every bucket must do, wherever it is kept. */
import { describe, expect, it } from 'vitest';
import type { Bucket } from '../../../shared/auth/rate.ts';

/** Epoch microseconds. */
const now = 1_700_000_000_000_000;
const interval = 1_000_000;
const slack = 4 * interval;
const at = (later: number) => ({ now: now + later, interval, slack });

/** `open`: a bucket that nobody has used. */
export function bucketConformance(title: string, open: () => Promise<Bucket<unknown>>): void {
  describe(`${title}: a bucket`, () => {
    it('that nobody has used has no time, and only the idle form moves it', async () => {
      const bucket = await open();
      expect(await bucket.look()).toBeUndefined();
      expect(await bucket.move('busy', at(0))).toBeUndefined();
      expect(await bucket.look()).toBeUndefined();
      expect(await bucket.move('idle', at(0))).toMatchObject({ time: now + interval });
      expect(await bucket.look()).toBe(now + interval);
    });

    it('is set by the idle form from the moment on that its time has come', async () => {
      const bucket = await open();
      await bucket.move('idle', at(0));
      expect(await bucket.move('idle', at(interval - 1))).toBeUndefined();
      expect(await bucket.look()).toBe(now + interval);
      expect(await bucket.move('idle', at(interval))).toMatchObject({ time: now + 2 * interval });
      expect(await bucket.move('idle', at(9 * interval))).toMatchObject({ time: now + 10 * interval });
    });

    it('is added to by the busy form until its time has come', async () => {
      const bucket = await open();
      await bucket.move('idle', at(0));
      expect(await bucket.move('busy', at(interval))).toBeUndefined();
      expect(await bucket.move('busy', at(interval - 1))).toMatchObject({ time: now + 2 * interval });
      expect(await bucket.look()).toBe(now + 2 * interval);
    });

    it('is added to up to one interval beyond the slack and no further', async () => {
      const bucket = await open();
      await bucket.move('idle', at(0));
      for (const hit of [2, 3, 4, 5])
        expect(await bucket.move('busy', at(0))).toMatchObject({ time: now + hit * interval });
      expect(await bucket.move('busy', at(0))).toBeUndefined();
      expect(await bucket.move('busy', at(interval - 1))).toBeUndefined();
      expect(await bucket.look()).toBe(now + 5 * interval);
      expect(await bucket.move('busy', at(interval))).toMatchObject({ time: now + 6 * interval });
    });

    it('is moved once by each of 20 at once, as far as it holds', async () => {
      const bucket = await open();
      const all = (form: 'idle' | 'busy') =>
        Promise.all(Array.from({ length: 20 }, () => bucket.move(form, at(0))));
      expect((await all('idle')).filter(Boolean)).toHaveLength(1);
      const times = (await all('busy')).flatMap((moved) => moved?.time ?? []);
      expect(times.toSorted()).toEqual([2, 3, 4, 5].map((hit) => now + hit * interval));
    });
  });
}
