import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import { type Bucket, type Hit, type Moved, Rates } from '../../../../shared/auth/rate.ts';
import type { Rate } from '../../../../shared/config.ts';
import { MemoryBucket } from '../../../support/memory-bucket.ts';
import { bucketConformance } from '../bucket-conformance.ts';

// What follows rests on the bucket in memory: it has to keep the same conditions as the table's.
bucketConformance('memory', async () => new MemoryBucket('it'));

const start = 1_700_000_000_000;
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

/** A bucket and one who counts on it, with a clock that the test moves, epoch milliseconds. */
function counting(rate: Rate, bucket = new MemoryBucket('it')) {
  const clock = { now: start };
  const rates = new Rates(rate, () => clock.now);
  const hit = () => rates.hit('k', bucket);
  /** How many of `count` hits pass, one after the other. */
  const passing = async (count: number): Promise<number> => {
    let passed = 0;
    for (let n = 0; n < count; n += 1) if ((await hit()).kind === 'passed') passed += 1;
    return passed;
  };
  return { clock, bucket, hit, passing };
}

function secondsOf(hit: Hit<unknown>): number {
  if (hit.kind !== 'refused') throw new Error(`was not refused, but ${hit.kind}`);
  return hit.retryAfterSeconds;
}

const rates: Rate[] = [
  { perSecond: 1, burst: 1 },
  { perSecond: 100, burst: 200 },
  { perSecond: 3, burst: 7 },
  { perSecond: 0.1, burst: 5 },
  { perSecond: 10_000, burst: 50 },
];

describe('a rate', () => {
  it.each(rates)('of $perSecond a second lets exactly $burst pass at one instant', async (rate) => {
    const { passing } = counting(rate);
    expect(await passing(2 * rate.burst)).toBe(rate.burst);
  });

  it.each(rates)('of $perSecond a second lets exactly $burst pass after a pause', async (rate) => {
    const { clock, passing } = counting(rate);
    await passing(2 * rate.burst);
    clock.now += Math.ceil((1_000 * rate.burst) / rate.perSecond);
    expect(await passing(2 * rate.burst)).toBe(rate.burst);
    clock.now += 86_400_000;
    expect(await passing(2 * rate.burst)).toBe(rate.burst);
  });

  it('lets steady traffic at its pace pass for ever, also when the burst is used up', async () => {
    const { clock, passing } = counting({ perSecond: 100, burst: 5 });
    expect(await passing(6)).toBe(5);
    for (let n = 0; n < 1_000; n += 1) {
      clock.now += 10;
      expect(await passing(1)).toBe(1);
    }
  });

  it('lets one more pass with each interval and not a millisecond sooner', async () => {
    const { clock, passing } = counting({ perSecond: 10, burst: 3 });
    await passing(4);
    clock.now += 99;
    expect(await passing(2)).toBe(0);
    clock.now += 1;
    expect(await passing(2)).toBe(1);
    clock.now += 200;
    expect(await passing(3)).toBe(2);
  });

  it('tells who passes what the bucket says', async () => {
    const { hit } = counting({ perSecond: 1, burst: 2 }, new MemoryBucket('its record'));
    expect(await hit()).toEqual({ kind: 'passed', outcome: 'its record' });
    expect(await hit()).toEqual({ kind: 'passed', outcome: 'its record' });
  });

  it('counts each bucket by itself', async () => {
    const one = new Rates({ perSecond: 1, burst: 1 }, () => start);
    const [a, b] = [new MemoryBucket('a'), new MemoryBucket('b')];
    expect(await one.hit('a', a)).toMatchObject({ kind: 'passed' });
    expect(await one.hit('b', b)).toMatchObject({ kind: 'passed' });
    expect(await one.hit('a', a)).toMatchObject({ kind: 'refused' });
  });
});

/** The true time at which each hit that passed was decided on, milliseconds, in order. */
type Passed = readonly number[];

/**
 * Several environments hit one bucket at random times, alone and in crowds, with calls that overtake each other while time
 * goes on. `skewMs`: how far their clocks are off at the most; `lost`: the share of writes whose answer is lost.
 */
async function schedule(seed: number, rate: Rate, skewMs: number, lost: number): Promise<Passed> {
  const random = seeded(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const clock = { now: start };
  const bucket = new MemoryBucket('it', {
    async delay() {
      for (let turns = below(4); turns > 0; turns -= 1) await Promise.resolve();
      if (random() < 0.1) clock.now += below(20);
    },
    losesAnswer: () => random() < lost,
  });
  const passed: number[] = [];
  const environments = Array.from({ length: 4 }, () => {
    const skew = below(2 * skewMs + 1) - skewMs;
    const rates = new Rates(rate, () => clock.now + skew);
    const seen: Bucket<string> = {
      async move(form, time) {
        const moved = await bucket.move(form, time);
        if (moved) passed.push(time.now / 1_000 - skew);
        return moved;
      },
      look: () => bucket.look(),
    };
    return () => rates.hit('k', seen);
  });
  const interval = 1_000 / rate.perSecond;
  for (let round = 0; round < 100; round += 1) {
    clock.now += random() < 0.1 ? below(2 * rate.burst * interval) : below(2 * interval);
    const crowd = random() < 0.2 ? below(2 * rate.burst) : 1;
    await Promise.all(Array.from({ length: crowd }, () => environments[below(4)]?.()));
  }
  return passed.toSorted((p, q) => p - q);
}

/** By how much more than `burst + rate × time` passed in the worst interval; at most 0 where the rate was kept. */
function excess(passed: Passed, { perSecond, burst }: Rate, skewMs: number): number {
  let worst = Number.NEGATIVE_INFINITY;
  for (const [from, first] of passed.entries()) {
    for (const [further, last] of passed.slice(from).entries()) {
      const most = burst + (perSecond * (last - first + 2 * skewMs)) / 1_000;
      worst = Math.max(worst, further + 1 - most);
    }
  }
  return worst;
}

describe('in any interval at most burst + rate × time pass', () => {
  const rate: Rate = { perSecond: 20, burst: 10 };

  it.each(seeds)('of several environments at once, seed %i', async (seed) => {
    const passed = await schedule(seed, rate, 0, 0);
    expect(passed.length).toBeGreaterThan(50);
    expect(excess(passed, rate, 0)).toBeLessThanOrEqual(0);
    // It is no stricter either: some interval was used to the full.
    expect(excess(passed, rate, 0)).toBeGreaterThan(-1);
  });

  it.each(seeds)('of environments whose clocks differ by some milliseconds, seed %i', async (seed) => {
    const passed = await schedule(seed, rate, 8, 0);
    expect(passed.length).toBeGreaterThan(50);
    expect(excess(passed, rate, 8)).toBeLessThanOrEqual(0);
  });

  it.each(seeds)('where answers are lost and writes repeated, seed %i', async (seed) => {
    const passed = await schedule(seed, rate, 8, 0.2);
    expect(passed.length).toBeGreaterThan(50);
    expect(excess(passed, rate, 8)).toBeLessThanOrEqual(0);
  });
});

describe('a write whose answer is lost', () => {
  it.each([0, 1, 2, 3, 4])(
    'at hit %i of 5 costs the place of one other and lets none more pass',
    async (nth) => {
      let write = 0;
      const bucket = new MemoryBucket('it', {
        losesAnswer() {
          write += 1;
          return write === nth + 1;
        },
      });
      expect(await counting({ perSecond: 1, burst: 5 }, bucket).passing(10)).toBe(4);
    },
  );
});

describe('Retry-After', () => {
  it.each(seeds)(
    'is enough: after that time the next one passes, and it is at least 1, seed %i',
    async (seed) => {
      const random = seeded(seed);
      const rate = { perSecond: 0.05 + random() * 20, burst: 1 + Math.floor(random() * 30) };
      const { clock, hit, passing } = counting(rate);
      for (let round = 0; round < 20; round += 1) {
        await passing(rate.burst + 1);
        clock.now += Math.floor((random() * 500) / rate.perSecond);
        await passing(2);
        const seconds = secondsOf(await hit());
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(seconds)).toBe(true);
        clock.now += seconds * 1_000;
        expect(await hit()).toMatchObject({ kind: 'passed' });
      }
    },
  );

  it('is a second and no more where a place is free sooner', async () => {
    const { hit, passing } = counting({ perSecond: 100, burst: 200 });
    await passing(200);
    expect(secondsOf(await hit())).toBe(1);
  });

  it('is the time until a place is free, rounded up', async () => {
    const { clock, hit, passing } = counting({ perSecond: 0.1, burst: 2 });
    await passing(2);
    expect(secondsOf(await hit())).toBe(10);
    clock.now += 3_500;
    expect(secondsOf(await hit())).toBe(7);
  });
});

describe('a flood', () => {
  it('against a bucket that is known to be full costs neither writes nor looks', async () => {
    const { bucket, passing } = counting({ perSecond: 1, burst: 3 });
    await passing(3);
    const { writes, looks } = bucket;
    expect(await passing(1_000)).toBe(0);
    expect(bucket).toMatchObject({ writes, looks });
  });

  it('costs whoever has not seen the bucket a write or two, and from then on none', async () => {
    const { bucket, passing } = counting({ perSecond: 1, burst: 3 });
    await passing(3);
    const elsewhere = new Rates({ perSecond: 1, burst: 3 }, () => start);
    const before = bucket.writes;
    for (let n = 0; n < 1_000; n += 1)
      expect(await elsewhere.hit('k', bucket)).toMatchObject({ kind: 'refused' });
    expect(bucket.writes - before).toBeLessThanOrEqual(2);
  });

  it('costs nothing either where an older answer came in last', async () => {
    const bucket = new MemoryBucket('it');
    const { promise: overtaken, resolve: letIn } = Promise.withResolvers<void>();
    let asked = 0;
    const slow: Bucket<string> = {
      async move(form, time) {
        asked += 1;
        const isFirst = asked === 1;
        const moved = await bucket.move(form, time);
        if (isFirst) await overtaken;
        return moved;
      },
      look: () => bucket.look(),
    };
    const rates = new Rates({ perSecond: 1, burst: 2 }, () => start);
    const first = rates.hit('k', slow);
    expect(await rates.hit('k', slow)).toMatchObject({ kind: 'passed' });
    letIn();
    expect(await first).toMatchObject({ kind: 'passed' });
    const { writes } = bucket;
    expect(await rates.hit('k', slow)).toMatchObject({ kind: 'refused' });
    expect(bucket.writes).toBe(writes);
  });

  it('that passes costs one write a hit', async () => {
    const { bucket, passing } = counting({ perSecond: 1, burst: 100 });
    await passing(100);
    expect(bucket).toMatchObject({ writes: 100, looks: 0 });
  });
});

describe('of more buckets than are remembered', () => {
  it('the one that was hit longest ago is forgotten, which costs a look and lets none more pass', async () => {
    const forgetful = new Rates({ perSecond: 1, burst: 1 }, () => start, 2);
    const [a, b, c] = [new MemoryBucket('a'), new MemoryBucket('b'), new MemoryBucket('c')];
    await forgetful.hit('a', a);
    await forgetful.hit('b', b);
    await forgetful.hit('c', c);
    expect(await forgetful.hit('c', c)).toMatchObject({ kind: 'refused' });
    expect(await forgetful.hit('b', b)).toMatchObject({ kind: 'refused' });
    expect([a, b, c].map(({ looks }) => looks)).toEqual([0, 0, 0]);
    expect(await forgetful.hit('a', a)).toMatchObject({ kind: 'refused' });
    expect([a, b, c].map(({ looks }) => looks)).toEqual([1, 0, 0]);
  });

  it('a thousand are remembered where nobody says how many', async () => {
    const rate = new Rates({ perSecond: 1, burst: 1 }, () => start);
    const buckets = Array.from({ length: 1_001 }, () => new MemoryBucket('it'));
    for (const [n, bucket] of buckets.entries()) await rate.hit(`k${n}`, bucket);
    for (const n of [1_000, 1, 0]) {
      const bucket = buckets[n];
      if (bucket) expect(await rate.hit(`k${n}`, bucket)).toMatchObject({ kind: 'refused' });
    }
    expect([0, 1, 1_000].map((n) => buckets[n]?.looks)).toEqual([1, 0, 0]);
  });
});

describe('a bucket that is not to be had', () => {
  it('is told as such, whether it was ever hit or not', async () => {
    const { bucket, hit } = counting({ perSecond: 1, burst: 5 });
    bucket.isGone = true;
    expect(await hit()).toEqual({ kind: 'no-bucket' });
    bucket.isGone = false;
    expect(await hit()).toMatchObject({ kind: 'passed' });
    bucket.isGone = true;
    expect(await hit()).toEqual({ kind: 'no-bucket' });
  });

  it('costs one write and one look', async () => {
    const { bucket, hit } = counting({ perSecond: 1, burst: 5 });
    bucket.isGone = true;
    await hit();
    expect(bucket).toMatchObject({ writes: 1, looks: 1 });
  });
});

describe('one who loses every race', () => {
  it('gives up after eight looks and is told to come back', async () => {
    let looks = 0;
    const lost: Bucket<string> = {
      async move(): Promise<Moved<string> | undefined> {
        return undefined;
      },
      async look() {
        looks += 1;
        return start * 1_000;
      },
    };
    const rates = new Rates({ perSecond: 0.5, burst: 5 }, () => start);
    expect(await rates.hit('k', lost)).toEqual({ kind: 'refused', retryAfterSeconds: 2 });
    expect(looks).toBe(8);
  });

  it('learns of the failure of a call', async () => {
    const broken: Bucket<string> = {
      move: () => Promise.reject(new Error('the table is gone')),
      look: () => Promise.reject(new Error('not asked')),
    };
    const rates = new Rates({ perSecond: 1, burst: 1 }, () => start);
    await expect(rates.hit('k', broken)).rejects.toThrow('the table is gone');
  });
});
