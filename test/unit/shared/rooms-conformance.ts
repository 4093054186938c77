/** What every store must do for socket.io's rooms. Each test has connections and channels of its own. */
import { describe, expect, it } from 'vitest';
import type { Cursor } from '../../../shared/core/cursor.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Connections, EventLog } from '../../../shared/core/ports.ts';
import type { Place, RoomConnections, Sessions } from '../../../shared/rooms/ports.ts';

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
const place = (since: number, at: number): Place => ({ since: cursor(since), at: cursor(at) });

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
      expect(found).toEqual({ ...base, asked: expect.any(Array), places: new Map(), news: 0 });
      expect(found?.asked.toSorted()).toEqual(['job:a', 'project:7']);
      expect(await connections.get(id)).toEqual(base);
      expect(await connections.start(id, 'me')).toEqual(base);
      await connections.setLive(id, true);
      expect(await rooms.get(id)).toMatchObject({ live: true, news: 0 });
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
        expect(await rooms.accept(id, { sid: 's1', grant })).toBe(true);
        const found = await rooms.get(id);
        expect(found).toMatchObject({ sid: 's1', grant });
        expect(found?.grant).toEqual(grant);
        expect(found?.credential).toEqual(grant.until === undefined ? undefined : { until: grant.until });
        expect(found?.session).toBeUndefined();
        expect(found?.heldUntil).toBeUndefined();
      },
    );

    it('are accepted once: a repeat of the same is done, another is refused and changes nothing', async () => {
      const store = open();
      const id = await arrived(store);
      const first = { sid: 's1', grant: {}, session: 'p1', hold: { by: 'me', until: store.now() + 9 } };
      expect(await store.rooms.accept(id, first)).toBe(true);
      expect(await store.rooms.accept(id, first)).toBe(true);
      expect(await store.rooms.accept(id, { sid: 's2', grant: { channels: [] } })).toBe(false);
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
      const all = Array.from({ length: 20 }, (_, n) => store.rooms.accept(id, { sid: `s${n}`, grant: {} }));
      expect((await Promise.all(all)).filter(Boolean)).toHaveLength(1);
    });

    it('that are gone are not accepted, take no channel, and do not come back', async () => {
      const { rooms } = open();
      const id = newId();
      expect(await rooms.accept(id, { sid: 's1', grant: {} })).toBe(false);
      expect(await rooms.addChannel(id, 'project:7', 9)).toBe(false);
      await rooms.removeChannel(id, 'project:7');
      expect(await rooms.hold(id, 'me', 9)).toBe('gone');
      expect(await rooms.tell(id)).toBe(false);
      expect(await rooms.letGo(id, 'me', new Map(), 0)).toBe('gone');
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

  describe(`${title}: the feeding of a connection`, () => {
    it('is held by one at a time, and a repeat by the same is taken', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      expect(await store.rooms.hold(id, 'a', until)).toMatchObject({ id, heldUntil: until, news: 0 });
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
      expect(await store.rooms.tell(id)).toBe(true);
      store.pass(1);
      expect(await store.rooms.hold(id, 'b', store.now() + 1_000)).toBe('lapsed');
      expect(await store.rooms.hold(id, 'b', store.now() + 1_000)).toBe('lapsed');
      expect(await store.rooms.tell(id)).toBe(false);
    });

    it('is given back with where the client stands, and then is anybody’s', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      await store.rooms.hold(id, 'a', until);
      const places = new Map([
        ['project:7', place(3, 12)],
        ['job:a.b-c_d', place(0, 0)],
      ]);
      expect(await store.rooms.letGo(id, 'a', places, 0)).toBe('let-go');
      expect((await store.rooms.get(id))?.heldUntil).toBeUndefined();
      expect((await store.rooms.get(id))?.places).toEqual(places);
      const next = await store.rooms.hold(id, 'b', until);
      expect(next).toMatchObject({ places, heldUntil: until });
      expect(await store.rooms.letGo(id, 'b', new Map([['project:7', place(3, 13)]]), 0)).toBe('let-go');
      expect((await store.rooms.get(id))?.places).toEqual(new Map([['project:7', place(3, 13)]]));
    });

    it('is not given back while there is news that its holder does not know', async () => {
      const store = open();
      const id = await arrived(store);
      const until = store.now() + 1_000;
      await store.rooms.hold(id, 'a', until);
      expect(await store.rooms.tell(id)).toBe(true);
      expect(await store.rooms.tell(id)).toBe(true);
      const places = new Map([['project:7', place(1, 2)]]);
      expect(await store.rooms.letGo(id, 'a', places, 0)).toBe(2);
      expect(await store.rooms.hold(id, 'b', until)).toBe('held');
      expect((await store.rooms.get(id))?.places).toEqual(new Map());
      expect(await store.rooms.letGo(id, 'a', places, 2)).toBe('let-go');
      expect(await store.rooms.hold(id, 'b', until)).toMatchObject({ places, news: 2 });
    });

    it('is given back by its holder alone, who may say so twice', async () => {
      const store = open();
      const id = await arrived(store);
      const places = new Map([['project:7', place(1, 2)]]);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      expect(await store.rooms.letGo(id, 'a', places, 0)).toBe('let-go');
      expect(await store.rooms.letGo(id, 'a', new Map(), 0)).toBe('let-go');
      await store.rooms.hold(id, 'b', store.now() + 1_000);
      expect(await store.rooms.letGo(id, 'a', new Map(), 0)).toBe('let-go');
      expect(await store.rooms.hold(id, 'c', store.now() + 1_000)).toBe('held');
      expect((await store.rooms.get(id))?.places).toEqual(places);
    });

    it('has nobody to tell before it is held and after it was given back', async () => {
      const store = open();
      const id = await arrived(store);
      expect(await store.rooms.tell(id)).toBe(false);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      expect(await store.rooms.tell(id)).toBe(true);
      await store.rooms.letGo(id, 'a', new Map(), 1);
      expect(await store.rooms.tell(id)).toBe(false);
      expect((await store.rooms.get(id))?.news).toBe(1);
    });

    it('is over with its connection', async () => {
      const store = open();
      const id = await arrived(store);
      await store.rooms.hold(id, 'a', store.now() + 1_000);
      await store.connections.delete(id);
      expect(await store.rooms.tell(id)).toBe(false);
      expect(await store.rooms.letGo(id, 'a', new Map(), 0)).toBe('gone');
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
      await sessions.put(id, { connection, since });
      expect(await sessions.get(id)).toEqual({ connection, since });
      await sessions.put(id, { connection: 'other=', since: new Map() });
      expect(await sessions.get(id)).toEqual({ connection: 'other=', since: new Map() });
      await sessions.delete(id);
      await sessions.delete(id);
      expect(await sessions.get(id)).toBeUndefined();
    });

    it('are updated by the connection that they are of, and by no other', async () => {
      const { sessions } = open();
      const id = newId();
      expect(await sessions.update(id, { connection: 'a=', since })).toBe(false);
      expect(await sessions.get(id)).toBeUndefined();
      await sessions.put(id, { connection: 'a=', since: new Map() });
      expect(await sessions.update(id, { connection: 'a=', since })).toBe(true);
      expect(await sessions.update(id, { connection: 'b=', since: new Map() })).toBe(false);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', since });
    });

    it('outlive a socket by as long as its channels’ log is kept', async () => {
      const { sessions, log, pass } = open();
      const [id, none] = [newId(), newId()];
      const alone = limits.connectionSeconds * 1_000;
      const kept = log.retentionMs('project:7');
      await sessions.put(none, { connection: 'a=', since: new Map() });
      await sessions.put(id, { connection: 'a=', since });
      pass(alone - 1_000);
      expect(await sessions.get(none)).toBeDefined();
      pass(2_000);
      expect(await sessions.get(none)).toBeUndefined();
      pass(kept - 2_000);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', since });
      pass(2_000);
      expect(await sessions.get(id)).toBeUndefined();
    });

    it('begin again with each update', async () => {
      const { sessions, log, pass } = open();
      const id = newId();
      const kept = limits.connectionSeconds * 1_000 + log.retentionMs('project:7');
      await sessions.put(id, { connection: 'a=', since });
      pass(kept - 1_000);
      expect(await sessions.update(id, { connection: 'a=', since })).toBe(true);
      pass(kept - 1_000);
      expect(await sessions.get(id)).toEqual({ connection: 'a=', since });
    });
  });
}
