/** What every store must do for peer sessions. Each test has a session of its own. */
import { describe, expect, it } from 'vitest';
import type { Peer, PeerLimits, PeerSessions, Place } from '../../../shared/peers/ports.ts';

let used = 0;
const newId = (): string => {
  used += 1;
  return `peers-${used}`;
};

const NOW = 1_700_000_000_000;
const peer = (connection: string, at = NOW): Peer => ({ connection, at });

export function peersConformance(title: string, open: () => PeerSessions): void {
  /** A session of a and b. */
  async function paired(sessions: PeerSessions): Promise<string> {
    const id = newId();
    await sessions.open(id, 'one', peer('a'));
    await sessions.pair(id, 'one', peer('b', NOW + 1));
    return id;
  }
  const place = (session: string, side: Place['side'] = 'client'): Place => ({
    session,
    instance: 'one',
    side,
  });
  const frame = (by: string, bytes = 5) => ({ by, bytes, at: NOW + 9 });
  const ended = (by: string) => ({ at: NOW + 10, reason: 'left', by, since: NOW + 10 }) as const;
  const heir = (by: string) => ({ by, since: NOW + 20 });

  describe(`${title}: slots`, () => {
    it('the first opens a session, and nobody else one of that id', async () => {
      const sessions = open();
      const id = newId();
      expect(await sessions.get(id)).toBeUndefined();
      expect(await sessions.open(id, 'one', { ...peer('a'), until: NOW + 60 })).toBe(true);
      expect(await sessions.open(id, 'two', peer('x'))).toBe(false);
      expect(await sessions.get(id)).toEqual({
        id,
        instance: 'one',
        client: { connection: 'a', at: NOW, until: NOW + 60 },
        lastAt: NOW,
        bytes: { client: 0, server: 0 },
        frames: 0,
      });
    });

    it('is not opened again by a repeat that comes late', async () => {
      const sessions = open();
      const id = await paired(sessions);
      await sessions.count(place(id), 'a', frame('1'), {});
      expect(await sessions.open(id, 'one', peer('a'))).toBe(false);
      expect(await sessions.get(id)).toMatchObject({ server: { connection: 'b' }, frames: 1 });
    });

    it('one completes it, however often that is said, and no third', async () => {
      const sessions = open();
      const id = newId();
      await sessions.open(id, 'one', peer('a'));
      expect(await sessions.pair(id, 'other', peer('b', NOW + 1))).toBe(false);
      expect(await sessions.pair(id, 'one', peer('b', NOW + 1))).toBe(true);
      expect(await sessions.pair(id, 'one', peer('b', NOW + 1))).toBe(true);
      expect(await sessions.pair(id, 'one', peer('c', NOW + 2))).toBe(false);
      expect(await sessions.get(id)).toMatchObject({
        server: { connection: 'b', at: NOW + 1 },
        pairedAt: NOW + 1,
        lastAt: NOW + 1,
      });
    });

    it.each(['client', 'server'] as const)(
      'that of the %s is taken from whoever is named, once',
      async (side) => {
        const sessions = open();
        const id = await paired(sessions);
        const absent = side === 'client' ? 'a' : 'b';
        expect(await sessions.replace(id, 'one', side, 'nobody', peer('c', NOW + 5))).toBe(false);
        expect(await sessions.replace(id, 'other', side, absent, peer('c', NOW + 5))).toBe(false);
        expect(await sessions.replace(id, 'one', side, absent, peer('c', NOW + 5))).toBe(true);
        expect(await sessions.replace(id, 'one', side, absent, peer('c', NOW + 5))).toBe(true);
        expect(await sessions.replace(id, 'one', side, absent, peer('d', NOW + 6))).toBe(false);
        expect((await sessions.get(id))?.[side]).toMatchObject({ connection: 'c' });
      },
    );
  });

  describe(`${title}: frames`, () => {
    it('are counted by side, each once, and the answer is the session by then', async () => {
      const sessions = open();
      const id = await paired(sessions);
      expect(await sessions.count(place(id), 'a', frame('1'), {})).toMatchObject({
        bytes: { client: 5, server: 0 },
        frames: 1,
        lastAt: NOW + 9,
        server: { connection: 'b' },
      });
      expect(await sessions.count(place(id), 'a', frame('1'), {})).toMatchObject({ frames: 1 });
      expect(await sessions.count(place(id, 'server'), 'b', frame('2', 7), {})).toMatchObject({
        bytes: { client: 5, server: 7 },
        frames: 2,
      });
    });

    it('of a session without a second peer, of another connection, or of another session are not', async () => {
      const sessions = open();
      const id = newId();
      await sessions.open(id, 'one', peer('a'));
      expect(await sessions.count(place(id), 'a', frame('1'), {})).toBeUndefined();
      await sessions.pair(id, 'one', peer('b'));
      expect(await sessions.count(place(id), 'b', frame('2'), {})).toBeUndefined();
      expect(await sessions.count({ ...place(id), instance: 'other' }, 'a', frame('3'), {})).toBeUndefined();
      expect(await sessions.count(place(newId()), 'a', frame('4'), {})).toBeUndefined();
      expect(await sessions.get(id)).toMatchObject({ frames: 0 });
    });
  });

  describe(`${title}: limits`, () => {
    const most = async (limits: PeerLimits, ...frames: readonly [bytes: number, at: number][]) => {
      const sessions = open();
      const id = await paired(sessions);
      const accepted: number[] = [];
      for (const [index, [bytes, at]] of frames.entries()) {
        const [side, who] = index % 2 === 0 ? (['client', 'a'] as const) : (['server', 'b'] as const);
        const frame = { by: `${id} ${index}`, bytes, at };
        if (await sessions.count(place(id, side), who, frame, limits)) accepted.push(index);
      }
      const found = await sessions.get(id);
      const total = accepted.reduce((sum, index) => sum + (frames[index]?.[0] ?? 0), 0);
      expect((found?.bytes.client ?? 0) + (found?.bytes.server ?? 0)).toBe(total);
      expect(found?.frames).toBe(accepted.length);
      return accepted;
    };

    it('of bytes are kept to the byte, both ways together', async () => {
      const at = NOW + 2;
      expect(await most({ bytes: 10 }, [6, at], [5, at], [4, at], [1, at], [0, at])).toEqual([0, 2, 4]);
      expect(await most({ bytes: 10 }, [11, at])).toEqual([]);
    });

    it('of seconds are kept from when it was paired', async () => {
      expect(await most({ seconds: 2 }, [1, NOW + 2_001], [1, NOW + 2_002])).toEqual([0]);
    });

    it('of frames a second are kept in the mean, beside a burst', async () => {
      const slow = { framesPerSecond: 0.1 };
      expect(await most(slow, [1, NOW + 2], [1, NOW + 3], [1, NOW + 4])).toEqual([0, 1]);
      expect(await most(slow, [1, NOW + 2], [1, NOW + 3], [1, NOW + 10_001])).toEqual([0, 1, 2]);
    });

    it('leave out nothing where there are none', async () => {
      const all = Array.from({ length: 40 }, (): [number, number] => [30_000, NOW + 2]);
      expect(await most({}, ...all)).toHaveLength(40);
    });
  });

  describe(`${title}: the end`, () => {
    it('is one’s to make, and nothing is accepted after it', async () => {
      const sessions = open();
      const id = await paired(sessions);
      await sessions.count(place(id), 'a', frame('1'), {});
      expect(await sessions.end(id, 'other', ended('me'))).toBeUndefined();
      expect(await sessions.end(id, 'one', ended('me'))).toMatchObject({ ended: ended('me'), frames: 1 });
      expect(await sessions.end(id, 'one', ended('me'))).toMatchObject({ ended: ended('me') });
      expect(await sessions.end(id, 'one', ended('you'))).toBeUndefined();
      expect(await sessions.count(place(id), 'a', frame('2'), {})).toBeUndefined();
      expect(await sessions.count(place(id), 'a', frame('1'), {})).toBeUndefined();
      expect(await sessions.replace(id, 'one', 'client', 'a', peer('c'))).toBe(false);
      expect(await sessions.open(id, 'two', peer('c'))).toBe(false);
    });

    it('is nobody’s who is said to be alone and no longer is', async () => {
      const sessions = open();
      const id = await paired(sessions);
      const alone = { ...ended('me'), reason: 'alone' } as const;
      expect(await sessions.end(id, 'one', alone)).toBeUndefined();
      const other = newId();
      await sessions.open(other, 'one', peer('a'));
      expect(await sessions.end(other, 'one', alone)).toMatchObject({ ended: alone });
    });

    it('is inherited by one, and then the id is free', async () => {
      const sessions = open();
      const id = await paired(sessions);
      await sessions.remove(id, 'one');
      expect(await sessions.get(id)).toBeDefined();
      expect(await sessions.inherit(id, 'one', 'me', heir('you'))).toBe(false);
      await sessions.end(id, 'one', ended('me'));
      expect(await sessions.inherit(id, 'one', 'nobody', heir('you'))).toBe(false);
      expect(await sessions.inherit(id, 'one', 'me', heir('you'))).toBe(true);
      expect(await sessions.inherit(id, 'one', 'me', heir('you'))).toBe(true);
      expect(await sessions.inherit(id, 'one', 'me', heir('other'))).toBe(false);
      expect((await sessions.get(id))?.ended).toEqual({ ...ended('me'), ...heir('you') });
      await sessions.remove(id, 'other');
      expect(await sessions.get(id)).toBeDefined();
      await sessions.remove(id, 'one');
      expect(await sessions.get(id)).toBeUndefined();
      expect(await sessions.open(id, 'two', peer('c'))).toBe(true);
    });
  });
}
