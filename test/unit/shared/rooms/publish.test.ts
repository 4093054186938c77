/** One event in several rooms: logged in each, in order, and to every socket once, whoever dies on the way. */
import { describe, expect, it } from 'vitest';
import type { Meter } from '../../../../shared/core/ports.ts';
import type { RoomEvent } from '../../../../shared/rooms/event.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import { readAll } from '../../../support/engine.ts';
import { Crash, epochOf, type Hooks, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { connect, eventsTo, roomEvent, roomsOn } from '../../../support/rooms.ts';

const [project, batch, job] = ['project:7', 'batch:9', 'job:a'];
const all = [project, batch, job];
const at = (channel: string, seq: number): string => `${epochOf(channel)}.${seq}`;

const event = (n: number, channels: readonly string[], name?: string): RoomEvent =>
  roomEvent('log_line', { n }, channels, name);

const publish = (world: MemoryWorld, ...events: readonly RoomEvent[]) =>
  publishToRooms(roomsOn(world), events);

const numbers = (world: MemoryWorld, id: string) => eventsTo(world, id).map(({ payload }) => payload.n);

/** Plain clients by their name, each in the channels of that. */
async function worldWith(clients: Readonly<Record<string, readonly string[]>>): Promise<MemoryWorld> {
  const world = memoryWorld();
  for (const [id, channels] of Object.entries(clients)) await connect(world, id, undefined, channels);
  return world;
}

/** The events of a channel's log, by their numbers; null for a void. */
async function logOf(world: MemoryWorld, channel: string): Promise<unknown[]> {
  return (await readAll(world, channel)).map(({ json }) =>
    json === null ? null : JSON.parse(json).payload.n,
  );
}

describe('an event of several rooms', () => {
  it('is logged in each, with its places in those before', async () => {
    const world = memoryWorld();
    await publish(world, event(0, [batch]));
    expect(await publish(world, event(1, [job, batch, project]))).toEqual([at(project, 1)]);
    const entries = async (channel: string) =>
      (await readAll(world, channel)).map(({ json }) => (json === null ? null : JSON.parse(json).ids));
    expect(await entries(project)).toEqual([{}]);
    expect(await entries(batch)).toEqual([{}, { [project]: at(project, 1) }]);
    expect(await entries(job)).toEqual([{ [project]: at(project, 1), [batch]: at(batch, 2) }]);
  });

  it('says in all of them what an earlier attempt logged in the first, whatever the retry says', async () => {
    const world = memoryWorld();
    let advances = 0;
    const dying = world.as({
      before: (call) => {
        if (call !== 'advance') return;
        advances += 1;
        if (advances === 2) throw new Crash();
      },
    });
    await expect(publish(dying, event(1, [project, job], 'x'))).rejects.toBeInstanceOf(Crash);
    expect(await publish(world, event(2, [project, job], 'x'))).toEqual([at(project, 1)]);
    expect(await logOf(world, project)).toEqual([1, null]);
    expect(await logOf(world, job)).toEqual([1]);
  });

  it('comes once to each socket, with the id in the first of its rooms and those in all', async () => {
    const world = await worldWith({
      p: [project],
      b: [batch],
      pj: [job, project],
      bj: [batch, job],
      o: ['job:b'],
    });
    await publish(world, event(1, all));
    const ids = { project_7: at(project, 1), batch_9: at(batch, 1), job_a: at(job, 1) };
    for (const [id, channel] of [
      ['p', project],
      ['b', batch],
      ['pj', project],
      ['bj', batch],
    ] as const) {
      expect(eventsTo(world, id)).toEqual([
        { event: 'log_line', payload: { id: at(channel, 1), seq: 1, ids, n: 1 } },
      ]);
    }
    expect(eventsTo(world, 'o')).toEqual([]);
  });

  it('comes in the order of its POST, whatever rooms its neighbours are in', async () => {
    const world = await worldWith({ a: all, b: [job] });
    await publish(world, event(1, [job]), event(2, all), event(3, [batch]), event(4, [project, job]));
    expect(numbers(world, 'a')).toEqual([1, 2, 3, 4]);
    expect(numbers(world, 'b')).toEqual([1, 2, 4]);
    expect(await logOf(world, job)).toEqual([1, 2, 4]);
  });

  it('waits for a client that is still being told that it is connected', async () => {
    const world = await worldWith({ a: [batch] });
    await world.membership.put(project, { connection: 'a', at: world.clock.now(), starting: true });
    await world.membership.bump(project);
    let looks = 0;
    const watched = world.as({
      async before(call) {
        if (call !== 'getSubscription') return;
        looks += 1;
        if (looks === 3) await world.membership.release(project, 'a');
      },
    });
    await publish(watched, event(1, [project, batch]));
    expect(eventsTo(world, 'a').map(({ payload }) => payload.id)).toEqual([at(project, 1)]);
  });

  it('comes through the next of its rooms where the first was left meanwhile', async () => {
    const world = await worldWith({ a: [batch] });
    await world.membership.put(project, { connection: 'a', at: world.clock.now(), starting: true });
    await world.membership.bump(project);
    const watched = world.as({
      async before(call) {
        if (call === 'getSubscription') await world.membership.delete(project, 'a');
      },
    });
    await publish(watched, event(1, [project, batch]));
    expect(eventsTo(world, 'a').map(({ payload }) => payload.id)).toEqual([at(batch, 1)]);
  });

  it('is counted once, and its delivery measured where somebody had it', async () => {
    const world = await worldWith({ a: all });
    const counts: string[] = [];
    const meter: Meter = {
      count: (what, by = 1) => void counts.push(`${what} ${by}`),
      deliveryMs: () => void counts.push('delivery'),
    };
    await publishToRooms(roomsOn(world, meter), [event(1, all, 'x')]);
    await publishToRooms(roomsOn(world, meter), [event(1, all, 'x')]);
    await publishToRooms(roomsOn(world, meter), [event(2, ['job:b'])]);
    expect(counts).toEqual(['accepted 1', 'delivered 1', 'delivery', 'repeated 1', 'accepted 1']);
  });

  it('costs two writes for each of its channels, and no read in steady state', async () => {
    const calls: string[] = [];
    const world = memoryWorld({ before: (call) => void calls.push(call) });
    await connect(world, 'a', undefined, [project, job]);
    const relay = roomsOn(world);
    await publishToRooms(relay, [event(1, [project, job])]);
    calls.length = 0;
    await publishToRooms(relay, [event(2, [project, job])]);
    expect(calls).toEqual(['advance', 'putSlot', 'advance', 'putSlot', 'post']);
  });
});

describe('one client’s trouble', () => {
  it('is its own: it is closed, and the others have their events', async () => {
    const world = await worldWith({ p: [project] });
    for (const id of ['r', 's']) await connect(world, id, { recovery: true }, [project]);
    const relay = roomsOn(world);
    const hold: typeof relay.rooms.hold = (id, ...how) =>
      id === 'r' ? Promise.reject(new Error('no')) : relay.rooms.hold(id, ...how);
    await publishToRooms({ ...relay, rooms: { ...relay.rooms, hold } }, [event(1, [project])]);
    expect([numbers(world, 'p'), numbers(world, 'r'), numbers(world, 's')]).toEqual([[1], [], [1]]);
    expect(world.closed).toEqual(['r']);
  });

  it('is over with a subscription that has outlived its connection', async () => {
    const world = await worldWith({});
    for (const channel of [project, job]) {
      await world.membership.put(channel, { connection: 'r', at: world.clock.now(), fed: true });
    }
    await publish(world, event(1, [project, job]));
    for (const channel of [project, job]) expect(await world.membership.list(channel)).toEqual([]);
  });
});

describe('a repeat', () => {
  it('is answered like the first, and comes to nobody again', async () => {
    const world = await worldWith({ a: all, j: [job] });
    await connect(world, 'r', { recovery: true }, all);
    const first = await publish(world, event(1, all, 'x'));
    expect(await publish(world, event(1, all, 'x'))).toEqual(first);
    for (const id of ['a', 'j', 'r']) expect(numbers(world, id), id).toEqual([1]);
  });

  it('within one POST is one event', async () => {
    const world = await worldWith({ a: all, j: [job] });
    const ids = await publish(world, event(1, all, 'x'), event(2, all), event(1, all, 'x'));
    expect(ids).toEqual([at(project, 1), at(project, 2), at(project, 1)]);
    for (const id of ['a', 'j']) expect(numbers(world, id), id).toEqual([1, 2]);
  });

  it('beside the first attempt is one event in every room', async () => {
    const world = await worldWith({ a: all });
    await connect(world, 'r', { recovery: true }, all);
    const answers = await Promise.all(Array.from({ length: 6 }, () => publish(world, event(1, all, 'x'))));
    expect(new Set(answers.flat()).size).toBe(1);
    for (const channel of all) expect((await logOf(world, channel)).filter(Boolean)).toEqual([1]);
    expect(new Set(numbers(world, 'a'))).toEqual(new Set([1]));
    expect(numbers(world, 'r')).toEqual([1]);
  });
});

describe('a publisher that crashes', () => {
  /** Dies at its n-th call, before or after that had its effect. */
  function dies(n: number, when: 'before' | 'after'): Hooks {
    let calls = 0;
    let isDead = false;
    const step = (isHere: boolean) => (call: string) => {
      if (isHere && !isDead) calls += 1;
      if (isHere && calls >= n) isDead = true;
      if (isDead) throw new Crash(call);
    };
    return { before: step(when === 'before'), after: step(when === 'after') };
  }

  const list = (isNamed: boolean): RoomEvent[] =>
    [[project, job], all, [batch]].map((channels, n) =>
      event(n, channels, isNamed ? `name-${n}` : undefined),
    );

  it('has its event finished as it was logged, whatever the retry says', async () => {
    const world = await worldWith({ a: [project] });
    await publish(world.as(dies(4, 'before')), event(1, [project, job], 'x')).catch(
      (error: unknown) => error,
    );
    expect(await logOf(world, project)).toEqual([1]);
    expect(numbers(world, 'a')).toEqual([]);
    await publish(world, event(2, [project, job], 'x'));
    expect(numbers(world, 'a')).toEqual([1]);
    expect((await logOf(world, project)).filter(Boolean)).toEqual([1]);
  });

  const cases = (['before', 'after'] as const).flatMap((when) =>
    Array.from({ length: 30 }, (_, index) => ({ when, n: index + 1 })),
  );

  it.each(cases)(
    '$when call $n of a named list: the retry finishes it in every room, once',
    async ({ when, n }) => {
      const world = await worldWith({ a: all, j: [job], b: [batch] });
      const first = await publish(world.as(dies(n, when)), ...list(true)).catch((error: unknown) => error);
      const ids = await publish(world, ...list(true));
      if (Array.isArray(first)) expect(ids).toEqual(first);
      else expect(first).toBeInstanceOf(Crash);
      expect((await logOf(world, project)).filter((each) => each !== null).toSorted()).toEqual([0, 1]);
      expect((await logOf(world, batch)).filter((each) => each !== null).toSorted()).toEqual([1, 2]);
      expect((await logOf(world, job)).filter((each) => each !== null).toSorted()).toEqual([0, 1]);
      const got = (id: string) => [...new Set(numbers(world, id))].toSorted();
      expect(got('a')).toEqual([0, 1, 2]);
      expect(got('j')).toEqual([0, 1]);
      expect(got('b')).toEqual([1, 2]);
      // A repeat to a plain client has the id that the first had.
      for (const id of ['a', 'j', 'b']) {
        const frames = eventsTo(world, id).map(({ payload }) => JSON.stringify([payload.n, payload.id]));
        expect(new Set(frames).size).toBe(got(id).length);
      }
    },
  );

  it.each(cases)('$when call $n of a list without names: nothing is stuck', async ({ when, n }) => {
    const world = await worldWith({ a: all });
    const first = await publish(world.as(dies(n, when)), ...list(false)).catch((error: unknown) => error);
    if (!Array.isArray(first)) expect(first).toBeInstanceOf(Crash);
    await publish(world, event(9, all));
    for (const channel of all) {
      const log = await readAll(world, channel);
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
      expect((await logOf(world, channel)).at(-1)).toBe(9);
    }
    expect(numbers(world, 'a').at(-1)).toBe(9);
    const seen = numbers(world, 'a');
    expect(seen).toEqual([...new Set(seen)]);
  });
});
