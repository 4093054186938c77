/** What every store must do for socket.io's rooms. Each test has connections and channels of its own. */
import { describe, expect, it } from 'vitest';
import type { Cursor } from '../../../shared/core/cursor.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Connections, EventLog } from '../../../shared/core/ports.ts';
import type { Position, RoomConnections, Sessions } from '../../../shared/rooms/ports.ts';

export interface RoomStore {
  readonly log: EventLog;
  readonly connections: Connections;
  readonly rooms: RoomConnections;
  readonly sessions: Sessions;
  /** Epoch milliseconds of the store's own clock. */
  readonly now: () => number;
  /** Moves that clock on. */
  readonly pass: (ms: number) => void;
}

let used = 0;
const newId = (): string => {
  used += 1;
  return `rooms-${used}=`;
};

const cursor = (seq: number): Cursor => ({ epoch: 'epoch-of-sixteen', seq });
const position = (since: number, at: number): Position => ({ since: cursor(since), at: cursor(at) });

export function roomsConformance(title: string, open: () => RoomStore): void {
  async function arrived(store: RoomStore): Promise<string> {
    const id = newId();
    await store.rooms.put({ id, at: store.now(), asked: [] });
    return id;
  }

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

  describe(`${title}: the lease on a connection`, () => {
    it('is held by one at a time, and a repeat by the same is taken', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      expect(await store.rooms.hold(id, 'a', until)).toMatchObject({ id, heldUntil: until });
      expect(await store.rooms.hold(id, 'b', until)).toBe('held');
      expect(await store.rooms.hold(id, 'a', until + 5)).toMatchObject({ id, heldUntil: until + 5 });
      expect((await store.connections.get(id))?.heldUntil).toBe(until + 5);
    });

    it('goes to one of 20 who ask at once', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      const all = Array.from({ length: 20 }, (_, n) => store.rooms.hold(id, `holder-${n}`, until));
      expect((await Promise.all(all)).filter((found) => found !== 'held')).toHaveLength(1);
    });

    it('that was not given back in its time has lapsed, is told of nothing, and nobody else takes it', async () => {
      const store = open();
      const id = await arrived(store);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      store.pass(999);
      expect(await store.rooms.hold(id, 'b', store.now() + 1_000)).toBe('held');
      expect(await store.rooms.tell(id, ['project:7'])).toBe(true);
      store.pass(1);
      expect(await store.rooms.hold(id, 'b', store.now() + 1_000)).toBe('lapsed');
      expect(await store.rooms.hold(id, 'b', store.now() + 1_000)).toBe('lapsed');
      expect(await store.rooms.tell(id, ['project:7'])).toBe(false);
    });

    it('is given back with where the client stands, and then is anybody’s', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      await store.rooms.hold(id, 'a', until);
      const positions = new Map([
        ['project:7', position(3, 12)],
        ['job:a.b-c_d', position(0, 0)],
      ]);
      expect(await store.rooms.letGo(id, 'a', positions)).toBe('let-go');
      expect((await store.rooms.get(id))?.heldUntil).toBeUndefined();
      expect((await store.rooms.get(id))?.positions).toEqual(positions);
      const next = await store.rooms.hold(id, 'b', until);
      expect(next).toMatchObject({ positions, heldUntil: until });
      expect(await store.rooms.letGo(id, 'b', new Map([['project:7', position(3, 13)]]))).toBe('let-go');
      expect((await store.rooms.get(id))?.positions).toEqual(new Map([['project:7', position(3, 13)]]));
    });

    it('is not given back before its holder has taken what it was told of', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      await store.rooms.hold(id, 'a', until);
      expect(await store.rooms.takeTold(id, 'a')).toBeUndefined();
      expect(await store.rooms.tell(id, ['project:7', 'job:a'])).toBe(true);
      expect(await store.rooms.tell(id, ['project:7', 'batch:9'])).toBe(true);
      const positions = new Map([['project:7', position(1, 2)]]);
      expect(await store.rooms.letGo(id, 'a', positions)).toBe('told');
      expect(await store.rooms.hold(id, 'b', until)).toBe('held');
      expect((await store.rooms.get(id))?.positions).toEqual(new Map());
      expect(await store.rooms.takeTold(id, 'b')).toBeUndefined();
      expect(await store.rooms.takeTold(id, 'a')).toEqual(new Set(['project:7', 'job:a', 'batch:9']));
      expect(await store.rooms.takeTold(id, 'a')).toBeUndefined();
      expect(await store.rooms.letGo(id, 'a', positions)).toBe('let-go');
      expect(await store.rooms.hold(id, 'b', until)).toMatchObject({ positions });
    });

    it('is given back by its holder alone, who may say so twice', async () => {
      const store = open();
      const id = await arrived(store);
      const positions = new Map([['project:7', position(1, 2)]]);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      expect(await store.rooms.letGo(id, 'a', positions)).toBe('let-go');
      expect(await store.rooms.letGo(id, 'a', new Map())).toBe('let-go');
      await store.rooms.hold(id, 'b', store.now() + 1_000);
      expect(await store.rooms.letGo(id, 'a', new Map())).toBe('let-go');
      expect(await store.rooms.hold(id, 'c', store.now() + 1_000)).toBe('held');
      expect((await store.rooms.get(id))?.positions).toEqual(positions);
    });

    it('has nobody to tell before it is held and after it was given back', async () => {
      const store = open();
      const id = await arrived(store);
      expect(await store.rooms.tell(id, ['project:7'])).toBe(false);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      await store.rooms.letGo(id, 'a', new Map());
      expect(await store.rooms.tell(id, ['project:7'])).toBe(false);
      await store.rooms.hold(id, 'b', store.now() + 1_000);
      expect(await store.rooms.letGo(id, 'b', new Map())).toBe('let-go');
    });

    it('is over with its connection', async () => {
      const store = open();
      const id = await arrived(store);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      await store.connections.delete(id);
      expect(await store.rooms.tell(id, ['project:7'])).toBe(false);
      expect(await store.rooms.letGo(id, 'a', new Map())).toBe('gone');
      expect(await store.rooms.hold(id, 'a', store.now() + 1_000)).toBe('gone');
      expect(await store.rooms.get(id)).toBeUndefined();
    });
  });

  describe(`${title}: sessions`, () => {
    const since = new Map([
      ['project:7', cursor(3)],
      ['job:a.b-c_d', cursor(0)],
    ]);

    it('are as they were put last', async () => {
      const { sessions } = open();
      const [id, connection] = [newId(), newId()];
      expect(await sessions.get(id)).toBeUndefined();
      await sessions.create(id, { connection, sid: 's1', since });
      expect(await sessions.get(id)).toEqual({ connection, sid: 's1', since });
      await sessions.create(id, { connection: 'other=', sid: 's2', since: new Map() });
      expect(await sessions.get(id)).toEqual({ connection: 'other=', sid: 's2', since: new Map() });
      await sessions.delete(id, connection);
      expect(await sessions.get(id)).toBeDefined();
      await sessions.delete(id, 'other=');
      await sessions.delete(id, 'other=');
      expect(await sessions.get(id)).toBeUndefined();
    });

    it('are updated by the connection that they are of, and by no other', async () => {
      const { sessions } = open();
      const id = newId();
      expect(await sessions.update(id, { connection: 'a=', sid: 's1', since })).toBe(false);
      expect(await sessions.get(id)).toBeUndefined();
      await sessions.create(id, { connection: 'a=', sid: 's1', since: new Map() });
      expect(await sessions.update(id, { connection: 'a=', sid: 's1', since })).toBe(true);
      expect(await sessions.update(id, { connection: 'b=', sid: 's1', since: new Map() })).toBe(false);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', sid: 's1', since });
    });

    it('go over from the connection before, once, and a repeat of that is done', async () => {
      const { sessions } = open();
      const id = newId();
      await sessions.create(id, { connection: 'a=', sid: 's1', since });
      const [b, c] = ['b=', 'c='].map((connection) => ({ connection, sid: 's1', since: new Map() }));
      if (!b || !c) throw new Error('two are needed');
      expect(await sessions.update(id, b, 'x=')).toBe(false);
      expect(await sessions.update(id, b, 'a=')).toBe(true);
      expect(await sessions.update(id, b, 'a=')).toBe(true);
      expect(await sessions.update(id, c, 'a=')).toBe(false);
      expect(await sessions.get(id)).toEqual(b);
    });

    it('outlive a socket by as long as its channels’ log is kept', async () => {
      const { sessions, log, pass } = open();
      const [id, none] = [newId(), newId()];
      const alone = limits.connectionSeconds * 1_000;
      const kept = log.retentionMs('project:7');
      await sessions.create(none, { connection: 'a=', sid: 's1', since: new Map() });
      await sessions.create(id, { connection: 'a=', sid: 's1', since });
      pass(alone - 1_000);
      expect(await sessions.get(none)).toBeDefined();
      pass(2_000);
      expect(await sessions.get(none)).toBeUndefined();
      pass(kept - 2_000);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', sid: 's1', since });
      pass(2_000);
      expect(await sessions.get(id)).toBeUndefined();
    });

    it('begin again with each update', async () => {
      const { sessions, log, pass } = open();
      const id = newId();
      const kept = limits.connectionSeconds * 1_000 + log.retentionMs('project:7');
      await sessions.create(id, { connection: 'a=', sid: 's1', since });
      pass(kept - 1_000);
      expect(await sessions.update(id, { connection: 'a=', sid: 's1', since })).toBe(true);
      pass(kept - 1_000);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', sid: 's1', since });
    });
  });
}
