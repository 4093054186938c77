/** What every store must do for the log: numbers, epochs, slots, and the names of events. */
import { describe, expect, it } from 'vitest';
import type { Claim, EventLog } from '../../../shared/core/ports.ts';
import { newChannel, type Store } from './conformance-store.ts';

export function logConformance(title: string, open: () => Store): void {
  describe(`${title}: numbers`, () => {
    it('start at 1 and go on where they ended, and the head is the last one', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.head(channel)).toBeUndefined();
      const first = await log.advance(channel, 3);
      expect(first).toMatchObject({ seq: 3, subs: 0 });
      expect(await log.advance(channel, 1)).toEqual({ ...first, seq: 4 });
      expect(await log.head(channel)).toEqual({ ...first, seq: 4 });
    });

    it('are given out once each to 20 callers at once, without a hole', async () => {
      const { log } = open();
      const channel = newChannel();
      const heads = await Promise.all(Array.from({ length: 20 }, () => log.advance(channel, 2)));
      expect(heads.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual([
        2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40,
      ]);
      expect(new Set(heads.map(({ epoch }) => epoch)).size).toBe(1);
    });

    it('and versions are one head', async () => {
      const { log, membership } = open();
      const channel = newChannel();
      const first = await membership.bump(channel);
      expect(first).toMatchObject({ seq: 0, subs: 1 });
      expect(await log.advance(channel, 5)).toEqual({ ...first, seq: 5 });
      expect(await membership.bump(channel)).toEqual({ ...first, seq: 5, subs: 2 });
      expect(await log.head(channel)).toEqual({ ...first, seq: 5, subs: 2 });
    });
  });

  describe(`${title}: epochs`, () => {
    it('belong to their channel alone', async () => {
      const { log } = open();
      const [own, other] = [newChannel(), newChannel()];
      const { epoch } = await log.advance(own, 1);
      expect(log.owns(own, epoch)).toBe(true);
      expect(log.owns(other, epoch)).toBe(false);
    });

    it('begin with the first write, and a write of no numbers is one', async () => {
      const { log, now } = open();
      const channel = newChannel();
      const before = now();
      const begun = await log.advance(channel, 0);
      expect(begun).toMatchObject({ seq: 0, subs: 0 });
      expect(begun.since).toBeGreaterThanOrEqual(before);
      expect(await log.advance(channel, 1)).toEqual({ ...begun, seq: 1 });
    });
  });

  describe(`${title}: slots`, () => {
    it('reach back as far as there is one', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 5);
      await log.putSlot(channel, epoch, { first: 3, events: ['c', 'd', 'e'] });
      expect(await log.reaches(channel, epoch, 2)).toBe(false);
      expect(await log.reaches(channel, epoch, 3)).toBe(true);
      expect(await log.reaches(channel, epoch, 5)).toBe(true);
    });

    const written = async (log: EventLog, channel: string): Promise<string> => {
      const { epoch } = await log.advance(channel, 12);
      await log.putSlot(channel, epoch, { first: 9, events: ['i', null] });
      await log.putSlot(channel, epoch, { first: 1, events: ['a', 'b', 'c'] });
      await log.putSlot(channel, epoch, { first: 11, events: ['k'] });
      await log.putSlot(channel, epoch, { first: 4, events: [null] });
      return epoch;
    };

    it('are read in order by their first numbers, bounds included', async () => {
      const { log } = open();
      const channel = newChannel();
      const epoch = await written(log, channel);
      const firsts = async (from: number, to: number) =>
        (await log.slots(channel, epoch, from, to)).map(({ first }) => first);
      expect(await firsts(1, 12)).toEqual([1, 4, 9, 11]);
      expect(await firsts(2, 11)).toEqual([4, 9, 11]);
      expect(await firsts(4, 9)).toEqual([4, 9]);
      expect(await firsts(5, 8)).toEqual([]);
      expect(await log.slots(channel, epoch, 9, 9)).toEqual([{ first: 9, events: ['i', null] }]);
      expect(await log.slots(channel, 'another epoch', 1, 12)).toEqual([]);
    });

    it('are found by the last first number that is not above the one asked for', async () => {
      const { log } = open();
      const channel = newChannel();
      const epoch = await written(log, channel);
      expect(await log.slotAt(channel, epoch, 3)).toEqual({ first: 1, events: ['a', 'b', 'c'] });
      expect(await log.slotAt(channel, epoch, 4)).toEqual({ first: 4, events: [null] });
      expect(await log.slotAt(channel, epoch, 10)).toEqual({ first: 9, events: ['i', null] });
      expect(await log.slotAt(channel, epoch, 999)).toEqual({ first: 11, events: ['k'] });
      expect(await log.slotAt(channel, 'another epoch', 10)).toBeUndefined();
      expect(await log.slotAt(newChannel(), epoch, 10)).toBeUndefined();
    });

    it('are written once: a repeat of the same write counts as written, other content does not', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 2);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null] })).toBe(true);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null] })).toBe(true);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', 'b'] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a'] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null, null] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: [null, null] })).toBe(false);
      expect(await log.slots(channel, epoch, 1, 2)).toEqual([{ first: 1, events: ['a', null] }]);
    });

    it('keep any text that an event may have', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 1);
      const events = ['{"t":"\u{1F600} \u0001 \\u0000"}', 'x'.repeat(300_000)];
      await log.putSlot(channel, epoch, { first: 1, events });
      expect(await log.slotAt(channel, epoch, 1)).toEqual({ first: 1, events });
    });
  });

  describe(`${title}: names`, () => {
    const claimOf = (epoch: string, first: number): Claim => ({
      epoch,
      first,
      size: 2,
      seq: first + 1,
      done: false,
    });

    it('are taken once; who comes later learns who holds them', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toBe('claimed');
      expect(await log.claim(channel, 'n', claimOf('e1', 3))).toEqual(claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toEqual(claimOf('e1', 1));
      expect(await log.claim(channel, 'other', claimOf('e1', 3))).toBe('claimed');
      expect(await log.claim(newChannel(), 'n', claimOf('e1', 3))).toBe('claimed');
    });

    it('go to exactly one of 20 at once', async () => {
      const { log } = open();
      const channel = newChannel();
      const held = await Promise.all(
        Array.from({ length: 20 }, (_, n) => log.claim(channel, 'n', claimOf('e1', n + 1))),
      );
      expect(held.filter((each) => each === 'claimed')).toHaveLength(1);
      expect(new Set(held.flatMap((each) => (each === 'claimed' ? [] : each.first))).size).toBe(1);
    });

    it('are free again in another epoch', async () => {
      const { log } = open();
      const channel = newChannel();
      await log.claim(channel, 'n', claimOf('e1', 1));
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e2', 5))).toBe('claimed');
      expect(await log.claim(channel, 'n', claimOf('e2', 6))).toEqual(claimOf('e2', 5));
    });

    it('move from who holds them and from nobody else, until they are done', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 1), claimOf('e1', 3))).toBe(false);
      await log.claim(channel, 'n', claimOf('e1', 1));
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 2), claimOf('e1', 3))).toBe(false);
      expect(await log.moveClaim(channel, 'n', claimOf('e0', 1), claimOf('e1', 3))).toBe(false);
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 1), claimOf('e1', 3))).toBe(true);
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual(claimOf('e1', 3));
      await log.settleClaim(channel, 'n', claimOf('e1', 3));
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 3), claimOf('e1', 5))).toBe(false);
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual({ ...claimOf('e1', 3), done: true });
    });

    it('are marked done by who holds them and by nobody else', async () => {
      const { log } = open();
      const channel = newChannel();
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toBe('claimed');
      await log.settleClaim(channel, 'n', claimOf('e1', 2));
      await log.settleClaim(channel, 'n', claimOf('e0', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual(claimOf('e1', 1));
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual({ ...claimOf('e1', 1), done: true });
    });

    it('may be any text', async () => {
      const { log } = open();
      const channel = newChannel();
      for (const name of ['\u{1F600}'.repeat(1_024), 'a#b', ' ', '\u0000', '__proto__']) {
        expect(await log.claim(channel, name, claimOf('e1', 1))).toBe('claimed');
        expect(await log.claim(channel, name, claimOf('e1', 2))).toEqual(claimOf('e1', 1));
      }
    });
  });
}
