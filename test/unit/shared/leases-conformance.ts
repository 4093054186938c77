/** What every store must do for the bridges from NATS. Each test opens one in which nothing was noted. */
import { describe, expect, it } from 'vitest';
import type { Lease, Leases, Progress } from '../../../shared/arena/ports.ts';

const progress: Progress = {
  provenAt: 1_700_000_000_000,
  position: { stream: 'ARENA:1700000000000', seq: 42 },
};

async function taken(leases: Leases, holder: string): Promise<Lease> {
  const lease = await leases.take(holder, await leases.read());
  if (!lease) throw new Error('it was expected to be taken');
  return lease;
}

export function leasesConformance(title: string, open: () => Promise<Leases> | Leases): void {
  describe(`${title}: the lease of the bridges`, () => {
    it('is not there until somebody takes it, and then as it was taken', async () => {
      const leases = await open();
      expect(await leases.read()).toBeUndefined();
      const lease = await leases.take('a', undefined);
      expect(lease).toEqual({ version: 1, holder: 'a', isFree: false, progress: {} });
      expect(await leases.read()).toEqual(lease);
    });

    it('is one’s alone of those who saw that it was not there', async () => {
      const leases = await open();
      const answers = await Promise.all(['a', 'b', 'c'].map((holder) => leases.take(holder, undefined)));
      const winners = answers.filter((answer) => answer !== undefined);
      expect(winners).toHaveLength(1);
      expect(await leases.read()).toEqual(winners[0]);
    });

    it('is one’s alone of those who saw it at one version', async () => {
      const leases = await open();
      const seen = await taken(leases, 'a');
      const answers = await Promise.all(['b', 'c', 'd'].map((holder) => leases.take(holder, seen)));
      const winners = answers.filter((answer) => answer !== undefined);
      expect(winners).toHaveLength(1);
      expect(await leases.read()).toMatchObject({ version: 2, holder: winners[0]?.holder });
    });

    it('goes up by one with each renewal, and keeps how far its holder came', async () => {
      const leases = await open();
      const first = await taken(leases, 'a');
      const second = await leases.renew(first, progress, false);
      expect(second).toEqual({ version: 2, holder: 'a', isFree: false, progress });
      expect(await leases.read()).toEqual(second);
      expect(await leases.take('b', second)).toEqual({ version: 3, holder: 'b', isFree: false, progress });
    });

    it.each<[string, Progress]>([
      ['nothing', {}],
      ['a time alone', { provenAt: 7 }],
      ['a position alone', { position: { stream: 's', seq: 0 } }],
      ['undefined in both', { provenAt: undefined, position: undefined }],
    ])('keeps as progress %s', async (_title, given) => {
      const leases = await open();
      await leases.renew(await taken(leases, 'a'), given, false);
      expect((await leases.read())?.progress ?? 'none').toEqual(given);
    });

    it('forgets no progress of a holder that noted none since it took it', async () => {
      const leases = await open();
      await leases.renew(await taken(leases, 'a'), progress, false);
      await taken(leases, 'b');
      expect(await taken(leases, 'c')).toMatchObject({ version: 4, holder: 'c', progress });
    });

    it('is free once it is put down, and not free once it is taken', async () => {
      const leases = await open();
      const free = await leases.renew(await taken(leases, 'a'), progress, true);
      expect(free).toMatchObject({ version: 2, isFree: true });
      expect(await leases.read()).toEqual(free);
      expect(await leases.take('b', free)).toMatchObject({ version: 3, isFree: false, progress });
    });

    it('is not to be taken nor renewed by whoever saw it at another version, or at another’s', async () => {
      const leases = await open();
      const first = await taken(leases, 'a');
      const second = await leases.take('b', first);
      expect(await leases.take('c', undefined)).toBeUndefined();
      expect(await leases.take('c', first)).toBeUndefined();
      expect(await leases.take('c', { ...first, version: 2 })).toBeUndefined();
      expect(await leases.renew(first, progress, false)).toBeUndefined();
      expect(await leases.renew(first, progress, true)).toBeUndefined();
      expect(await leases.renew({ ...first, version: 2 }, progress, false)).toBeUndefined();
      expect(await leases.read()).toEqual(second);
    });

    it('is taken by a repeat of the write that took it, also by a version that was seen', async () => {
      const leases = await open();
      expect(await leases.take('a', undefined)).toBeDefined();
      const again = await leases.take('a', undefined);
      expect(again).toMatchObject({ version: 1, holder: 'a' });
      const second = await leases.take('b', again);
      expect(await leases.take('b', again)).toEqual(second);
      expect(await leases.take('c', again)).toBeUndefined();
      expect(await leases.read()).toEqual(second);
    });

    it('is renewed by a repeat of the renewal, at the same version, until the next one', async () => {
      const leases = await open();
      const first = await taken(leases, 'a');
      const second = await leases.renew(first, {}, false);
      expect(await leases.renew(first, progress, false)).toEqual({ ...second, progress });
      expect(await leases.read()).toEqual({ ...second, progress });
      if (!second) throw new Error('it was expected to be renewed');
      const third = await leases.renew(second, {}, false);
      expect(await leases.renew(first, progress, false)).toBeUndefined();
      expect(await leases.read()).toEqual(third);
    });
  });
}
