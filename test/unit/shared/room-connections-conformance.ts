/** What every store must do for the connections of socket.io's rooms: their channels, and what they wished last. */
import { describe, expect, it } from 'vitest';
import { arrived, newId, type RoomStore } from './conformance-store.ts';

export function roomConnectionsConformance(title: string, open: () => RoomStore): void {
  describe(`${title}: socket.io's connections`, () => {
    it('arrive as they are, and are connections like all others', async () => {
      const { rooms, connections, now } = open();
      const id = newId();
      const at = now();
      expect(await rooms.get(id)).toBeUndefined();
      await rooms.put({ id, at, asked: ['project:7', 'job:a'] });
      const base = { id, at, channels: [], dialect: 'socket.io', live: false } as const;
      const found = await rooms.get(id);
      expect(found).toEqual({
        ...base,
        asked: expect.any(Array),
        positions: new Map(),
        wishOf: expect.any(Function),
      });
      expect(found?.asked.toSorted()).toEqual(['job:a', 'project:7']);
      expect(await connections.get(id)).toEqual(base);
      expect(await connections.start(id, 'me')).toEqual(base);
      await connections.setLive(id, true);
      expect(await rooms.get(id)).toMatchObject({ live: true });
      await connections.delete(id);
      expect(await rooms.get(id)).toBeUndefined();
    });

    it('keep what their handshake showed, which ends them', async () => {
      const { rooms, connections, now } = open();
      const id = newId();
      const grant = { channels: ['project:7', 'job:*'], until: now() + 5_000 };
      await rooms.put({ id, at: now(), asked: [], grant });
      expect(await rooms.get(id)).toMatchObject({ grant, credential: { until: grant.until } });
      expect((await connections.get(id))?.credential).toEqual({ until: grant.until });
    });

    it.each([{ channels: ['project:7'], until: 1_900_000_000_123 }, { channels: [] }, {}])(
      'are accepted with the grant %j in place of that of their handshake',
      async (grant: { channels?: string[]; until?: number }) => {
        const { rooms, now } = open();
        const id = newId();
        await rooms.put({ id, at: now(), asked: [], grant: { until: now() + 5_000 } });
        const hold = { by: 'me', until: now() + 9 };
        expect(await rooms.accept(id, { sid: 's1', grant, hold })).toBe(true);
        const found = await rooms.get(id);
        expect(found).toMatchObject({ sid: 's1', grant, live: true, heldUntil: hold.until });
        expect(found?.grant).toEqual(grant);
        expect(found?.credential).toEqual(grant.until === undefined ? undefined : { until: grant.until });
        expect(found?.session).toBeUndefined();
      },
    );

    it('are accepted once: a repeat of the same is done, another is refused and changes nothing', async () => {
      const store = open();
      const id = await arrived(store);
      const first = { sid: 's1', grant: {}, session: 'p1', hold: { by: 'me', until: store.now() + 9 } };
      expect(await store.rooms.accept(id, first)).toBe(true);
      expect(await store.rooms.accept(id, first)).toBe(true);
      const other = { by: 'other', until: store.now() + 99 };
      expect(await store.rooms.accept(id, { sid: 's1', grant: { channels: [] }, hold: other })).toBe(false);
      expect(await store.rooms.get(id)).toMatchObject({
        sid: 's1',
        grant: {},
        session: 'p1',
        heldUntil: first.hold.until,
      });
    });

    it('are accepted for one of 20 CONNECTs at once', async () => {
      const store = open();
      const id = await arrived(store);
      const accept = (by: string) =>
        store.rooms.accept(id, { sid: by, grant: {}, hold: { by, until: store.now() + 9 } });
      const all = Array.from({ length: 20 }, (_, n) => accept(`s${n}`));
      expect((await Promise.all(all)).filter(Boolean)).toHaveLength(1);
    });

    it('that are gone are not accepted, take no channel, and do not come back', async () => {
      const { rooms } = open();
      const id = newId();
      expect(await rooms.accept(id, { sid: 's1', grant: {}, hold: { by: 'me', until: 9 } })).toBe(false);
      expect(await rooms.addChannel(id, 'project:7', 9)).toBe(false);
      await rooms.removeChannel(id, 'project:7');
      expect(await rooms.hold(id, 'me', 9)).toBe('gone');
      expect(await rooms.tell(id, ['project:7'])).toBe(false);
      expect(await rooms.takeTold(id, 'me')).toBeUndefined();
      expect(await rooms.letGo(id, 'me', new Map())).toBe('gone');
      expect(await rooms.wish(id, 'project:7', 1, 9)).toBe('gone');
      expect(await rooms.get(id)).toBeUndefined();
    });
  });

  describe(`${title}: channels of a connection`, () => {
    it('are a set', async () => {
      const store = open();
      const id = await arrived(store);
      const channels = async () => (await store.connections.get(id))?.channels.toSorted();
      for (const channel of ['project:7', 'batch:9', 'project:7']) {
        expect(await store.rooms.addChannel(id, channel, 9)).toBe(true);
      }
      expect(await channels()).toEqual(['batch:9', 'project:7']);
      await store.rooms.removeChannel(id, 'project:7');
      await store.rooms.removeChannel(id, 'job:x');
      expect(await channels()).toEqual(['batch:9']);
      await store.rooms.removeChannel(id, 'batch:9');
      await store.rooms.removeChannel(id, 'batch:9');
      expect(await channels()).toEqual([]);
      expect(await store.rooms.addChannel(id, 'project:7', 9)).toBe(true);
      expect(await channels()).toEqual(['project:7']);
    });

    it('are so many at the most, and one that is among them counts no more', async () => {
      const store = open();
      const id = await arrived(store);
      expect(await store.rooms.addChannel(id, 'job:1', 2)).toBe(true);
      expect(await store.rooms.addChannel(id, 'job:2', 2)).toBe(true);
      expect(await store.rooms.addChannel(id, 'job:3', 2)).toBe(false);
      expect(await store.rooms.addChannel(id, 'job:2', 2)).toBe(true);
      await store.rooms.removeChannel(id, 'job:1');
      expect(await store.rooms.addChannel(id, 'job:3', 2)).toBe(true);
    });

    it('are not exceeded by 20 at once', async () => {
      const store = open();
      const id = await arrived(store);
      const all = Array.from({ length: 20 }, (_, n) => store.rooms.addChannel(id, `job:${n}`, 5));
      expect((await Promise.all(all)).filter(Boolean)).toHaveLength(5);
      expect((await store.rooms.get(id))?.channels).toHaveLength(5);
    });
  });

  describe(`${title}: wishes of a connection`, () => {
    const wishOf = async (store: RoomStore, id: string, channel: string) =>
      (await store.rooms.get(id))?.wishOf(channel);

    it('are noted in the order of their stamps, whichever comes first', async () => {
      const store = open();
      const id = await arrived(store);
      expect(await wishOf(store, id, 'project:7')).toBeUndefined();
      expect(await store.rooms.wish(id, 'project:7', 1_700_000_000_000_005, 9)).toBe('noted');
      expect(await store.rooms.wish(id, 'project:7', 1_700_000_000_000_004, 9)).toBe('older');
      expect(await store.rooms.wish(id, 'project:7', 1_700_000_000_000_005, 9)).toBe('noted');
      expect(await wishOf(store, id, 'project:7')).toBe(1_700_000_000_000_005);
      expect(await store.rooms.wish(id, 'project:7', 1_700_000_000_000_006, 9)).toBe('noted');
      expect(await store.rooms.wish(id, 'batch:9', 3, 9)).toBe('noted');
      expect(await wishOf(store, id, 'project:7')).toBe(1_700_000_000_000_006);
      expect(await wishOf(store, id, 'batch:9')).toBe(3);
      expect((await store.rooms.get(id))?.channels).toEqual([]);
    });

    it('are of so many channels at the most', async () => {
      const store = open();
      const id = await arrived(store);
      expect(await store.rooms.wish(id, 'job:1', 1, 2)).toBe('noted');
      expect(await store.rooms.wish(id, 'job:2', 2, 2)).toBe('noted');
      expect(await store.rooms.wish(id, 'job:3', 3, 2)).toBe('full');
      expect(await store.rooms.wish(id, 'job:1', 4, 2)).toBe('noted');
      expect(await wishOf(store, id, 'job:3')).toBeUndefined();
    });
  });
}
