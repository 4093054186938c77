/** What every store must do so that a client of socket.io's rooms recovers: the lease on a connection, and sessions. */
import { describe, expect, it } from 'vitest';
import type { Cursor } from '../../../shared/core/cursor.ts';
import { limits } from '../../../shared/core/limits.ts';
import type { Position } from '../../../shared/rooms/ports.ts';
import { arrived, newId, type RoomStore } from './conformance-store.ts';

const cursor = (seq: number): Cursor => ({ epoch: 'epoch-of-sixteen', seq });
const position = (since: number, at: number): Position => ({ since: cursor(since), at: cursor(at) });

export function roomSessionsConformance(title: string, open: () => RoomStore): void {
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
