/** Feeding a client that recovers: what is found taken, told of, lapsed, cut; and a feeder that dies at any of its steps. */
import { describe, expect, it } from 'vitest';
import { sweep } from '../../../../shared/core/sweep.ts';
import { feed, type Heads, letGo, type News, postOnce } from '../../../../shared/rooms/feed.ts';
import { hold } from '../../../../shared/rooms/lease.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import { epochOf, type Hooks, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import {
  answerTo,
  connect,
  connectedTo,
  eventsTo,
  roomEvent,
  roomsOn,
  says,
} from '../../../support/rooms.ts';
import { crashAfter, untilCrash } from '../crash.ts';

const [project, batch] = ['project:7', 'batch:9'];

/** A client that recovers and is in these channels, under the id `a`. */
async function worldWith(...channels: readonly string[]): Promise<MemoryWorld> {
  const world = memoryWorld();
  await connect(world, 'a', { recovery: true }, channels);
  return world;
}

const event = (n: number, channels: readonly string[], name?: string) =>
  roomEvent('log_line', { n }, channels, name);

const publish = (world: MemoryWorld, n: number, channels: readonly string[], name?: string) =>
  publishToRooms(roomsOn(world), [event(n, channels, name)]);

const numbers = (world: MemoryWorld, id = 'a') => eventsTo(world, id).map(({ payload }) => payload.n);

const headsOf = (...heads: readonly [string, number][]): Heads =>
  new Map(heads.map(([channel, seq]) => [channel, { epoch: epochOf(channel), seq }]));

const nothing = (...heads: readonly [string, number][]): News => ({ numbers: [], heads: headsOf(...heads) });

const deadlineOf = (world: MemoryWorld) => world.clock.now() + 22_000;

/** What the client shows when it comes back under another id: the session, and the offset that it got last. */
async function comeBack(world: MemoryWorld, id: string, before = 'a'): Promise<void> {
  const offset = eventsTo(world, before).at(-1)?.offset;
  await connect(world, id, { recovery: true, pid: connectedTo(world, before)?.pid, offset });
}

describe('a feeding', () => {
  it('posts each event with the offset that it leads to, in two writes beside the post', async () => {
    const calls: string[] = [];
    const world = memoryWorld({ after: (call) => void calls.push(call) });
    await connect(world, 'a', { recovery: true }, [project, batch]);
    await publish(world, 1, [project, batch]);
    const relay = roomsOn(world);
    await publishToRooms(relay, [event(2, [project])]);
    calls.length = 0;
    await publishToRooms(relay, [event(3, [project])]);
    expect(calls).toEqual(['advance', 'putSlot', 'hold', 'post', 'letGo']);
    const [p, b] = [epochOf(project), epochOf(batch)];
    expect(eventsTo(world, 'a').map(({ payload: { n }, offset }) => [n, offset])).toEqual([
      [1, `${p}.1~${b}.0`],
      [2, `${p}.2~${b}.1`],
      [3, `${p}.3~${b}.1`],
    ]);
  });

  it('reads from the log what was numbered before and did not come', async () => {
    const world = await worldWith(project);
    const dying = world.as(crashAfter(2));
    await untilCrash(publish(dying, 1, [project]));
    expect(numbers(world)).toEqual([]);
    await publish(world, 2, [project]);
    expect(numbers(world)).toEqual([1, 2]);
  });

  it('passes over voids, and over what it has had', async () => {
    const world = await worldWith(project);
    await publish(world, 1, [project], 'x');
    await publish(world, 1, [project], 'x');
    await publish(world, 2, [project]);
    expect(numbers(world)).toEqual([1, 2]);
    expect(await feed(roomsOn(world), 'a', 'late', nothing([project, 1]), deadlineOf(world))).toBe('fed');
    expect(numbers(world)).toEqual([1, 2]);
  });

  it('posts nothing that another has posted from the log while it was on its way', async () => {
    const world = await worldWith(project);
    let isOvertaken = false;
    const slow = world.as({
      async before(call) {
        if (call !== 'hold' || isOvertaken) return;
        isOvertaken = true;
        await publish(world, 2, [project]);
      },
    });
    await publish(slow, 1, [project]);
    expect(numbers(world)).toEqual([1, 2]);
  });

  it('that finds another under way tells it, and is done', async () => {
    const world = await worldWith(project);
    const held = await hold(roomsOn(world), 'a', 'first', deadlineOf(world));
    if (typeof held === 'string') throw new Error('was expected to be free');
    await publish(world, 1, [project]);
    expect(numbers(world)).toEqual([]);
    expect(await letGo(roomsOn(world), held)).toBe(true);
    expect(numbers(world)).toEqual([1]);
  });

  it('reads, of what it is told, the channels that it is told of and no others', async () => {
    const world = await worldWith(project, batch);
    const reads: string[] = [];
    const relay = roomsOn(world);
    const head: typeof relay.log.head = (channel) => {
      reads.push(channel);
      return relay.log.head(channel);
    };
    const held = await hold(relay, 'a', 'first', deadlineOf(world));
    if (typeof held === 'string') throw new Error('was expected to be free');
    await publish(world, 1, [batch]);
    expect(await letGo({ ...relay, log: { ...relay.log, head } }, held)).toBe(true);
    expect(reads).toEqual([batch]);
    expect(numbers(world)).toEqual([1]);
  });

  it('that is told of more and more after its time closes the socket', async () => {
    const world = await worldWith(project);
    const held = await hold(roomsOn(world), 'a', 'first', deadlineOf(world));
    if (typeof held === 'string') throw new Error('was expected to be free');
    await publish(world, 1, [project]);
    expect(await letGo(roomsOn(world), held, world.clock.now())).toBe(false);
    expect(world.closed).toEqual(['a']);
    await comeBack(world, 'b');
    expect(numbers(world, 'b')).toEqual([1]);
  });

  it('that is told of news while it gives back goes on with all there is', async () => {
    const world = await worldWith(project);
    let isTold = false;
    const watched = world.as({
      async before(call) {
        if (call !== 'letGo' || isTold) return;
        isTold = true;
        await publish(world, 2, [project]);
      },
    });
    await publish(watched, 1, [project]);
    expect(numbers(world)).toEqual([1, 2]);
    expect((await world.rooms.get('a'))?.heldUntil).toBeUndefined();
  });

  it('takes its turn after all where the other has just ended', async () => {
    const world = await worldWith(project);
    const held = await hold(roomsOn(world), 'a', 'first', deadlineOf(world));
    if (typeof held === 'string') throw new Error('was expected to be free');
    const watched = world.as({
      async before(call) {
        if (call === 'tell') await letGo(roomsOn(world), held);
      },
    });
    await publish(watched, 1, [project]);
    expect(numbers(world)).toEqual([1]);
  });

  it('that finds a lease which has lapsed closes the socket', async () => {
    const world = await worldWith(project);
    await hold(roomsOn(world), 'a', 'died', deadlineOf(world));
    world.clock.advance(28_000);
    await publish(world, 1, [project]);
    expect(world.closed).toEqual(['a']);
    expect(await world.rooms.get('a')).toBeUndefined();
    expect(await world.membership.list(project)).toEqual([]);
    await comeBack(world, 'b');
    expect(numbers(world, 'b')).toEqual([1]);
  });

  it('of a socket that is gone does nothing', async () => {
    const world = memoryWorld();
    expect(await feed(roomsOn(world), 'a', 'me', nothing([project, 1]), deadlineOf(world))).toBe('gone');
    expect(world.closed).toEqual([]);
  });

  it.each(['failed', 'refused', 'gone'] as const)(
    'whose post is answered %s closes the socket',
    async (answer) => {
      const world = await worldWith(project);
      world.answers.set('a', [answer]);
      await publish(world, 1, [project]);
      expect(world.answers.get('a')).toEqual([]);
      expect(numbers(world)).toEqual([]);
      expect(world.closed).toEqual(['a']);
      expect(await world.rooms.get('a')).toBeUndefined();
    },
  );

  it('repeats a post that was answered busy', async () => {
    const world = await worldWith(project);
    world.answers.set('a', ['busy', 'busy']);
    await publish(world, 1, [project]);
    expect(numbers(world)).toEqual([1]);
    expect(world.closed).toEqual([]);
  });

  it('posts nothing once its time is over, and closes the socket', async () => {
    const world = await worldWith(project);
    const target = { connection: 'a', at: 0 };
    expect(await postOnce(roomsOn(world), target, '42["x"]', world.clock.now() + 1)).toBe(true);
    expect(await postOnce(roomsOn(world), target, '42["y"]', world.clock.now())).toBe(false);
    expect(world.received.get('a')?.at(-1)).toBe('42["x"]');
    expect(world.closed).toEqual(['a']);
  });

  it('gives what a channel has that was forgotten and begun anew from its beginning', async () => {
    const world = await worldWith(project);
    const place = { epoch: 'another-epoch-xx', seq: 40 };
    await world.rooms.hold('a', 'me', deadlineOf(world));
    await world.rooms.letGo('a', 'me', new Map([[project, { since: place, at: place }]]));
    await publish(world, 1, [project]);
    await publish(world, 2, [project]);
    expect(numbers(world)).toEqual([1, 2]);
    expect((await world.rooms.get('a'))?.positions.get(project)?.since).toEqual({
      epoch: epochOf(project),
      seq: 0,
    });
  });
});

describe('an event of two rooms', () => {
  it('comes once, through the first of them, whichever is read', async () => {
    const world = await worldWith(batch, project);
    await untilCrash(publish(world.as(crashAfter(4)), 1, [project, batch]));
    await publish(world, 2, [batch]);
    await publish(world, 3, [project]);
    expect(numbers(world)).toEqual([1, 2, 3]);
    expect(eventsTo(world, 'a')[0]?.payload).toMatchObject({ id: `${epochOf(project)}.1`, seq: 1 });
  });

  it('is not lost with the first of them when its client leaves that while the event is on its way', async () => {
    const world = await worldWith(project, batch);
    const events = [event(1, [project, batch], 'x')];
    await untilCrash(publishToRooms(roomsOn(world.as(crashAfter(6))), events));
    await publish(world, 2, [batch]);
    await says(roomsOn(world), 'a', '420["leave","project_7"]');
    expect(answerTo(world, 'a', 0)).toEqual({ ok: true, room: 'project_7' });
    world.clock.advance(10_000);
    await publishToRooms(roomsOn(world), events);
    expect(numbers(world).toSorted()).toEqual([1, 2]);
  });

  it('comes before what is later in any of them, so that an offset never passes over it', async () => {
    const world = await worldWith(batch, project);
    await untilCrash(publish(world.as(crashAfter(4)), 1, [project, batch]));
    await publish(world, 2, [batch]);
    const [p, b] = [epochOf(project), epochOf(batch)];
    expect(eventsTo(world, 'a').map(({ payload: { n }, offset }) => [n, offset])).toEqual([
      [1, `${b}.0~${p}.1`],
      [2, `${b}.2~${p}.1`],
    ]);
  });
});

describe('a feeder that crashes', () => {
  /** A publish of two events, with news that comes while the second is posted. */
  async function act(world: MemoryWorld, hooks: Hooks): Promise<void> {
    const relay = roomsOn(world.as(hooks));
    await publishToRooms(relay, [event(1, [project], 'one'), event(2, [project, batch], 'two')]);
  }

  it.each(['before', 'after'] as const)(
    '%s any of its calls leaves nothing lost and nothing twice',
    async (when) => {
      let crashes = 0;
      for (let at = 1; at < 60; at += 1) {
        const world = await worldWith(project, batch);
        let calls = 0;
        let isDead = false;
        const count = (isHere: boolean) => (call: string) => {
          if (isHere && !isDead) calls += 1;
          if (calls >= at && isHere) isDead = true;
          if (isDead) throw new Error(`crash at ${call}`);
        };
        const dying: Hooks = { before: count(when === 'before'), after: count(when === 'after') };
        const isDone = await act(world, dying).then(
          () => true,
          () => false,
        );
        if (!isDone) crashes += 1;
        // Its lease ends, the minute's pass closes what it held, its sender tries again.
        world.clock.advance(30_000);
        await sweep(roomsOn(world), 0, 1);
        await act(world, {});
        let last = 'a';
        if (world.closed.includes('a')) {
          last = 'b';
          await comeBack(world, last);
          expect(connectedTo(world, 'b')?.pid).toBe(connectedTo(world, 'a')?.pid);
        }
        await publish(world, 3, [project]);
        const got = [...numbers(world), ...(last === 'b' ? numbers(world, 'b') : [])];
        expect(got, `crashed ${when} call ${at}`).toEqual([1, 2, 3]);
        if (isDone) {
          expect(crashes).toBeGreaterThan(10);
          return;
        }
      }
      throw new Error('a publish was expected to end within 60 calls');
    },
  );
});
