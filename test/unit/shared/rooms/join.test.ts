/** Joining and leaving, of a plain client and of one that recovers. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import { type MemoryWorld, memoryWorld, RETENTION_MS } from '../../../support/memory-world.ts';
import { answerTo, connect, eventsTo, roomEvent, roomsOn, says } from '../../../support/rooms.ts';
import { counted, crashAfter, untilCrash } from '../crash.ts';
import { ask, at, batch, numbers, project, publish } from './joining.ts';

const kinds = [
  ['a plain client', {}],
  ['a client that recovers', { recovery: true }],
] as const;

describe.each(kinds)('%s', (_, auth) => {
  async function worldWith(...channels: readonly string[]): Promise<MemoryWorld> {
    const world = memoryWorld();
    await connect(world, 'a', auth, channels);
    return world;
  }

  it.each([['project_7'], [{ room: 'project_7' }], [{ room: 'project_7', after: null }]])(
    'that joins by %j is told the head, and gets everything after it',
    async (asked) => {
      const world = await worldWith();
      await publish(world, 1, project);
      expect(await ask(world, 'join', asked)).toEqual({ ok: true, room: 'project_7', head: at(project, 1) });
      await publish(world, 2, project);
      expect(numbers(world)).toEqual([2]);
      expect((await world.rooms.get('a'))?.channels).toEqual([project]);
    },
  );

  it('that joins twice is in the room once, and is told where that stands now', async () => {
    const world = await worldWith(project);
    await publish(world, 1, project);
    expect(await ask(world, 'join', 'project_7')).toEqual({
      ok: true,
      room: 'project_7',
      head: at(project, 1),
    });
    await publish(world, 2, project);
    expect(numbers(world)).toEqual([1, 2]);
  });

  it('that joins after a cursor has what it missed before its answer', async () => {
    const world = await worldWith();
    for (const n of [1, 2, 3]) await publish(world, n, project);
    const answer = await ask(world, 'join', { room: 'project_7', after: at(project, 1) });
    expect(answer).toEqual({ ok: true, room: 'project_7', head: at(project, 3), recovered: true });
    const kindsOfFrames = (world.received.get('a') ?? []).map((frame) => frame.slice(0, 2));
    expect(kindsOfFrames).toEqual(['40', '42', '42', '43']);
    await publish(world, 4, project);
    expect(numbers(world)).toEqual([2, 3, 4]);
  });

  it('that joins after what the log has no longer is told so, and begins now', async () => {
    const world = await worldWith();
    for (const n of [1, 2, 3]) await publish(world, n, project);
    for (const key of [...world.slots.keys()].slice(0, 2)) world.slots.delete(key);
    world.clock.advance(RETENTION_MS + 1);
    const answer = await ask(world, 'join', { room: 'project_7', after: at(project, 0) });
    expect(answer).toEqual({ ok: true, room: 'project_7', head: at(project, 3), recovered: false });
    await publish(world, 4, project);
    expect(numbers(world)).toEqual([4]);
  });

  it.each([
    [7, 'bad_request'],
    [null, 'bad_request'],
    [undefined, 'bad_request'],
    [['project_7'], 'bad_request'],
    [{ room: 7 }, 'bad_request'],
    [{}, 'bad_request'],
    ['', 'bad_room'],
    ['project:7', 'bad_room'],
    ['project_', 'bad_room'],
    ['user_7', 'bad_room'],
    ['project_7/8', 'bad_room'],
    [`job_${'x'.repeat(129)}`, 'bad_room'],
  ])('that joins or leaves %j is refused: %s', async (asked, error) => {
    const world = await worldWith();
    for (const act of ['join', 'leave'] as const) {
      expect(await ask(world, act, asked)).toEqual({ ok: false, error });
    }
    expect((await world.rooms.get('a'))?.channels).toEqual([]);
  });

  it.each([7, 'x', at(batch, 1), 'epoch-unknown-16.1', { seq: 1 }])(
    'that joins after %j is refused: bad_cursor',
    async (after) => {
      const world = await worldWith();
      expect(await ask(world, 'join', { room: 'project_7', after })).toEqual({
        ok: false,
        error: 'bad_cursor',
      });
      expect(await world.membership.list(project)).toEqual([]);
    },
  );

  it('that may not join a room is refused, and may leave it', async () => {
    const world = await worldWith(project);
    const relay = { ...roomsOn(world), mayJoin: () => false };
    expect(await ask(world, 'join', 'batch_9', relay)).toEqual({ ok: false, error: 'forbidden' });
    expect(await ask(world, 'leave', 'project_7', relay)).toEqual({ ok: true, room: 'project_7' });
  });

  it('that is in as many rooms as a socket may be is refused one more, until it leaves one', async () => {
    const world = await worldWith(...Array.from({ length: limits.roomsPerSocket }, (_, n) => `job:${n}`));
    expect(await ask(world, 'join', 'project_7')).toEqual({ ok: false, error: 'too_many_rooms' });
    expect(await ask(world, 'join', 'job_5')).toMatchObject({ ok: true });
    expect(await ask(world, 'leave', 'job_5')).toEqual({ ok: true, room: 'job_5' });
    expect(await ask(world, 'join', 'project_7')).toMatchObject({ ok: true });
    await publish(world, 1, project);
    expect(numbers(world)).toEqual([1]);
  });

  it('that leaves a room that it is not in is told that it is out', async () => {
    const world = await worldWith(batch);
    const calls: string[] = [];
    const relay = roomsOn(world.as(counted({}, calls)));
    expect(await ask(world, 'leave', 'project_7', relay)).toEqual({ ok: true, room: 'project_7' });
    expect(calls).toEqual(['getRoomConnection', 'wish', 'hold', 'post', 'letGo']);
    expect((await world.rooms.get('a'))?.channels).toEqual([batch]);
  });

  it('that has left gets nothing more of the room, and all of the others', async () => {
    const world = await worldWith(project, batch);
    const relay = roomsOn(world);
    await publishToRooms(relay, [roomEvent('log_line', { n: 1 }, [project])]);
    expect(await ask(world, 'leave', { room: 'project_7' })).toEqual({ ok: true, room: 'project_7' });
    // The same publisher, which remembers who was there.
    await publishToRooms(relay, [roomEvent('log_line', { n: 2 }, [project])]);
    await publishToRooms(relay, [roomEvent('log_line', { n: 3 }, [project, batch])]);
    expect(numbers(world)).toEqual([1, 3]);
    expect(eventsTo(world, 'a')[1]?.payload.id).toBe(at(batch, 1));
    expect((await world.rooms.get('a'))?.channels).toEqual([batch]);
  });

  it('gets nothing that is numbered after its leave was answered: a publish between any two of its calls', async () => {
    for (let now = 0; ; now += 1) {
      const world = await worldWith(project);
      const relay = roomsOn(world);
      let count = 0;
      let isAnswered = false;
      let isLate = false;
      const watched = world.as({
        async before() {
          count += 1;
          if (count - 1 !== now) return;
          isLate = isAnswered;
          await publishToRooms(relay, [roomEvent('log_line', { n: 1 }, [project])]);
        },
        after(call) {
          if (call === 'post') isAnswered = true;
        },
      });
      expect(await ask(world, 'leave', 'project_7', roomsOn(watched))).toMatchObject({ ok: true });
      if (count <= now) {
        expect(now).toBeGreaterThan(3);
        return;
      }
      // The same publisher, which remembers who was there.
      await publishToRooms(relay, [roomEvent('log_line', { n: 2 }, [project])]);
      expect(numbers(world), `published before call ${now}`).not.toContain(2);
      if (isLate) expect(numbers(world), `published before call ${now}`).toEqual([]);
    }
  });

  it('misses nothing that is numbered after the head of its join: a publish between any two of its calls', async () => {
    for (let now = 0; ; now += 1) {
      const world = await worldWith();
      let count = 0;
      const watched = world.as({
        async before() {
          count += 1;
          if (count - 1 === now) await publish(world, 1, project);
        },
      });
      const answer = await ask(world, 'join', 'project_7', roomsOn(watched));
      if (count <= now) {
        expect(now).toBeGreaterThan(4);
        return;
      }
      await publish(world, 2, project);
      // What comes before the head as well does no harm.
      const isOwed = (answer as { head: string }).head === at(project, 0);
      expect(numbers(world).slice(isOwed ? 0 : -1), `published before call ${now}`).toEqual(
        isOwed ? [1, 2] : [2],
      );
    }
  });

  it.each([
    ['join', 'leave', []],
    ['leave', 'join', [project]],
  ] as const)(
    'that wishes to %s and then to %s is where it wished last, whichever is heard first',
    async (first, last, channels) => {
      const world = await worldWith();
      const wish = (act: string, at: number) =>
        says(roomsOn(world), 'a', `42${at}["${act}","project_7"]`, at);
      await wish(last, 2);
      await wish(first, 1);
      expect(answerTo(world, 'a', 1)).toMatchObject({ ok: true, room: 'project_7' });
      expect((await world.rooms.get('a'))?.channels).toEqual(channels);
      await publish(world, 1, project);
      expect(numbers(world)).toEqual(channels.length > 0 ? [1] : []);
    },
  );

  it.each(['join', 'leave'] as const)(
    'that wishes to %s twice is answered when it is done, should the later wish die',
    async (act) => {
      const world = await worldWith(...(act === 'join' ? [] : [project]));
      let isAsked = false;
      const watched = world.as({
        async before(call) {
          if (call !== 'hold' || isAsked) return;
          isAsked = true;
          // The later wish dies as soon as it is noted.
          await untilCrash(says(roomsOn(world.as(crashAfter(2))), 'a', `428["${act}","project_7"]`, 8));
        },
      });
      await says(roomsOn(watched), 'a', `427["${act}","project_7"]`, 7);
      expect(answerTo(world, 'a', 7)).toMatchObject({ ok: true, room: 'project_7' });
      expect((await world.rooms.get('a'))?.wishOf(project)).toBe(act === 'join' ? 16_017 : 16_016);
      await publish(world, 1, project);
      expect(numbers(world)).toEqual(act === 'join' ? [1] : []);
    },
  );

  it('that leaves its socket during a join leaves no subscription behind', async () => {
    const world = await worldWith();
    const watched = world.as({
      async before(call) {
        if (call === 'subscribe') await world.connections.delete('a');
      },
    });
    expect(await ask(world, 'join', 'project_7', roomsOn(watched))).toBeUndefined();
    expect(await world.membership.list(project)).toEqual([]);
    expect(await world.rooms.get('a')).toBeUndefined();
  });
});
