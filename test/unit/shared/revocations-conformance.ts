/** What every store must do for revocations: their tokens end, and what is unfinished is found again. */
import { describe, expect, it } from 'vitest';
import { newChannel, type Store } from './conformance-store.ts';

export function revocationsConformance(title: string, open: () => Store): void {
  describe(`${title}: revocations`, () => {
    it('end their token and no other, for good', async () => {
      const { tokens, revocations, issue } = open();
      const [token, other] = [await issue(), await issue()];
      expect(await tokens.isActive(token)).toBe(true);
      await revocations.mark(token);
      expect(await tokens.isActive(token)).toBe(false);
      await revocations.mark(token);
      await revocations.forget(token);
      expect(await tokens.isActive(token)).toBe(false);
      expect(await tokens.isActive(other)).toBe(true);
    });

    it('are noted without an effect on their token', async () => {
      const { tokens, revocations, issue, now } = open();
      const token = await issue();
      await revocations.note({ token, channel: newChannel() }, now());
      expect(await tokens.isActive(token)).toBe(true);
    });

    it('are unfinished from their note until they are forgotten', async () => {
      const { revocations, issue, now } = open();
      const noted = [
        { token: await issue(), channel: newChannel() },
        { token: await issue(), channel: newChannel() },
      ] as const;
      const tokens = noted.map(({ token }) => token);
      const left = async () =>
        (await revocations.unfinished(now() + 1))
          .filter(({ token }) => tokens.includes(token))
          .toSorted((p, q) => tokens.indexOf(p.token) - tokens.indexOf(q.token));
      expect(await left()).toEqual([]);
      for (const each of noted) await revocations.note(each, now());
      expect(await left()).toEqual(noted);
      await revocations.mark(noted[0].token);
      expect(await left()).toEqual(noted);
      await revocations.forget(noted[0].token);
      await revocations.forget(noted[0].token);
      expect(await left()).toEqual([noted[1]]);
      await revocations.forget(noted[1].token);
      expect(await left()).toEqual([]);
    });

    it('are told where they were noted before a moment, and one that is noted again is noted then', async () => {
      const { revocations, issue, now } = open();
      const revocation = { token: await issue(), channel: newChannel() };
      const isLeft = async (before: number): Promise<boolean> =>
        (await revocations.unfinished(before)).some(({ token }) => token === revocation.token);
      await revocations.note(revocation, now());
      expect(await isLeft(now())).toBe(false);
      expect(await isLeft(now() + 1)).toBe(true);
      await revocations.note(revocation, now() + 60_000);
      expect(await isLeft(now() + 60_000)).toBe(false);
      expect(await isLeft(now() + 60_001)).toBe(true);
      await revocations.forget(revocation.token);
      expect(await isLeft(now() + 60_001)).toBe(false);
    });
  });
}
