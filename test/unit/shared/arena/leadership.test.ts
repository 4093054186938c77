/** Which bridge works: one at a time, whatever their clocks say. */
import { describe, expect, it } from 'vitest';
import { Leadership } from '../../../../shared/arena/leadership.ts';
import type { Leases } from '../../../../shared/arena/ports.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { memoryLeases, type Noted, nothingNoted } from '../../../support/memory-leases.ts';

const HOUR = 3_600_000;

/** A relay's bridges, each with a clock that is wrong by so much. */
function open(...wrongBy: number[]) {
  const clock = new FakeClock();
  const noted = nothingNoted();
  const leases = memoryLeases(noted);
  const bridges = wrongBy.map((wrong, n) => bridgeOn(leases, clock, `bridge-${n}`, wrong));
  return { clock, noted, leases, bridges };
}

function bridgeOn(leases: Leases, clock: FakeClock, holder: string, wrong = 0): Leadership {
  const own = { now: () => clock.now() + wrong, sleep: () => Promise.reject(new Error('does not sleep')) };
  return new Leadership(leases, own, holder);
}

/** Two bridges of a relay. */
function two(...wrongBy: [number, number]) {
  const { bridges, ...rest } = open(...wrongBy);
  const [a, b] = bridges;
  if (!a || !b) throw new Error('there are two');
  return { ...rest, a, b };
}

/** Leases whose next such write takes effect, and its answer is lost. */
function deaf(noted: Noted, lost: string): Leases {
  let isLost = false;
  return memoryLeases(noted, {
    after(call) {
      if (call !== lost || isLost) return;
      isLost = true;
      throw new Error('the answer is lost');
    },
  });
}

describe('the lease', () => {
  it('is taken at once where nobody ever worked, and by one', async () => {
    const { a, b } = two(0, 0);
    expect([await a.tryToTake(), await b.tryToTake()]).toEqual([true, false]);
    expect([a.isHeld, b.isHeld, a.term, b.term]).toEqual([true, false, 1, 0]);
  });

  it('is one’s of three that ask at one time', async () => {
    const { bridges } = open(0, 5 * HOUR, -5 * HOUR);
    const answers = await Promise.all(bridges.map((bridge) => bridge.tryToTake()));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(bridges.map(({ isHeld }) => isHeld)).toEqual(answers);
  });

  it('that is held is had without another write', async () => {
    const { noted, a } = two(0, 0);
    await a.tryToTake();
    expect(await a.tryToTake()).toBe(true);
    expect([noted.lease?.version, a.term]).toEqual([1, 1]);
  });

  it.each([
    ['agree', 0],
    ['are hours ahead', 7 * HOUR],
    ['are hours behind', -7 * HOUR],
  ])(
    'is taken over only after 9 s of standstill by the clock of whoever looks, where clocks %s',
    async (_title, wrong) => {
      const { clock, a, b } = two(0, wrong);
      await a.tryToTake();
      clock.advance(100_000);
      // Seen for the first time: how long it has stood still by then is not known.
      expect(await b.tryToTake()).toBe(false);
      clock.advance(8_999);
      expect(await b.tryToTake()).toBe(false);
      clock.advance(1);
      expect(await b.tryToTake()).toBe(true);
      expect([a.isHeld, b.isHeld]).toEqual([false, true]);
    },
  );

  it.each([0, 7 * HOUR, -7 * HOUR])(
    'is never taken over while it is renewed, by clocks that differ by %i ms',
    async (wrong) => {
      const { clock, a, b } = two(0, wrong);
      await a.tryToTake();
      for (let n = 0; n < 200; n += 1) {
        clock.advance(1_000);
        if (n % 3 === 0) expect(await a.renew({ provenAt: n })).toBe(true);
        expect(await b.tryToTake()).toBe(false);
        expect(a.isHeld).toBe(true);
      }
    },
  );

  it('is counted from what was seen last: each renewal begins the 9 s anew', async () => {
    const { clock, a, b } = two(0, HOUR);
    await a.tryToTake();
    await b.tryToTake();
    clock.advance(7_000);
    await a.renew({});
    clock.advance(2_000);
    expect(await b.tryToTake()).toBe(false);
    clock.advance(8_999);
    expect(await b.tryToTake()).toBe(false);
    clock.advance(1);
    expect(await b.tryToTake()).toBe(true);
  });

  it('is no more its holder’s well before another one may take it', async () => {
    const { clock, a, b } = two(0, 0);
    await a.tryToTake();
    await b.tryToTake();
    clock.advance(7_499);
    expect(a.isHeld).toBe(true);
    clock.advance(1);
    expect(a.isHeld).toBe(false);
    expect(await b.tryToTake()).toBe(false);
  });

  it('is put down at a clean end, and taken at once by another, with how far its holder came', async () => {
    const { a, b } = two(0, -HOUR);
    await a.tryToTake();
    await b.tryToTake();
    const progress = { provenAt: 5, position: { stream: 's', seq: 9 } };
    await a.release(progress);
    expect(a.isHeld).toBe(false);
    expect(await b.tryToTake()).toBe(true);
    expect(b.progress).toEqual(progress);
    expect(await a.tryToTake()).toBe(false);
  });

  it('is not put down by one that holds it no more', async () => {
    const { clock, noted, a, b } = two(0, 0);
    await a.tryToTake();
    await b.tryToTake();
    clock.advance(9_000);
    await b.tryToTake();
    await a.release({ provenAt: 1 });
    expect(noted.lease).toMatchObject({ holder: 'bridge-1', version: 2, isFree: false, progress: {} });
    expect(b.isHeld).toBe(true);
  });

  it('is lost by a holder that was frozen, which finds that out before it says anything', async () => {
    const { clock, a, b } = two(0, HOUR);
    await a.tryToTake();
    await b.tryToTake();
    clock.advance(20_000);
    expect(await b.tryToTake()).toBe(true);
    expect(a.isHeld).toBe(false);
    expect(await a.renew({ provenAt: 99 })).toBe(false);
    expect(await a.renew({ provenAt: 99 })).toBe(false);
    expect(b.progress).toEqual({});
    expect(await b.renew({})).toBe(true);
    expect(a.progress).toEqual({});
  });

  it('of one that was frozen, or long without NATS, is taken again at once where nobody else took it, as another term', async () => {
    const { clock, noted, a, b } = two(0, 0);
    await a.tryToTake();
    await a.renew({ provenAt: 7 });
    clock.advance(60_000);
    expect(a.isHeld).toBe(false);
    expect(await a.tryToTake()).toBe(true);
    expect([a.term, a.progress, noted.lease?.version]).toEqual([2, { provenAt: 7 }, 3]);
    expect(await b.tryToTake()).toBe(false);
  });

  it('is not renewed by whoever never had it', async () => {
    const { noted, a } = two(0, 0);
    expect(await a.renew({ provenAt: 1 })).toBe(false);
    await a.release({ provenAt: 1 });
    expect(noted.lease).toBeUndefined();
  });
});

describe('a write whose answer was lost', () => {
  it('of taking it: it is not held until it is taken again, and by then at once', async () => {
    const { clock, noted, b } = two(0, 0);
    const a = bridgeOn(deaf(noted, 'takeLease'), clock, 'a');
    await expect(a.tryToTake()).rejects.toThrow('the answer is lost');
    expect(a.isHeld).toBe(false);
    expect(await b.tryToTake()).toBe(false);
    expect(await a.tryToTake()).toBe(true);
    expect([a.isHeld, a.term, noted.lease?.version]).toEqual([true, 1, 2]);
  });

  it('of renewing it: the repeat succeeds, and holds it no longer than the first one would have', async () => {
    const { clock, noted, b } = two(0, 0);
    const a = bridgeOn(deaf(noted, 'renewLease'), clock, 'a');
    await a.tryToTake();
    clock.advance(3_000);
    await expect(a.renew({})).rejects.toThrow('the answer is lost');
    // This is the version that the other one counts from.
    expect(await b.tryToTake()).toBe(false);
    clock.advance(4_000);
    expect(await a.renew({ provenAt: 1 })).toBe(true);
    expect(noted.lease).toMatchObject({ version: 2, progress: { provenAt: 1 } });
    clock.advance(3_499);
    expect(a.isHeld).toBe(true);
    clock.advance(1_501);
    expect([a.isHeld, await b.tryToTake()]).toEqual([false, true]);
  });

  it('of renewing it: the next renewal holds it as long as any', async () => {
    const { clock, noted, b } = two(0, 0);
    const a = bridgeOn(deaf(noted, 'renewLease'), clock, 'a');
    await a.tryToTake();
    await expect(a.renew({})).rejects.toThrow('the answer is lost');
    await b.tryToTake();
    clock.advance(6_000);
    expect([await a.renew({}), await a.renew({})]).toEqual([true, true]);
    clock.advance(7_000);
    expect([a.isHeld, await b.tryToTake()]).toEqual([true, false]);
  });

  it('of putting it down: another one may take it at once, and its holder has it no more', async () => {
    const { clock, noted, b } = two(0, 0);
    const a = bridgeOn(deaf(noted, 'renewLease'), clock, 'a');
    await a.tryToTake();
    await expect(a.release({})).rejects.toThrow('the answer is lost');
    expect([await b.tryToTake(), a.isHeld]).toEqual([true, false]);
  });
});
