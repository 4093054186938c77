import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import { start } from '../../../../shared/core/start.ts';
import { sweep } from '../../../../shared/core/sweep.ts';
import { engineOn, subscribe } from '../../../support/engine.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { arrive, connect, roomsOn } from '../../../support/rooms.ts';
import { crashAfter, sweepAll, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';
const epoch = epochOf(channel);
const nothing = { sockets: 0, looked: 0, heartbeats: 0, gone: 0, stuck: 0, expired: 0 };

async function worldWith(...connections: string[]): Promise<MemoryWorld> {
  const world = memoryWorld();
  for (const connection of connections) await subscribe(world, connection, channel, world.clock.now());
  return world;
}

describe('the sweep', () => {
  it('clears away who is gone, closes the socket, and leaves the others', async () => {
    const world = await worldWith('a', 'b', 'c');
    world.clock.advance(10_000);
    world.answers.set('b', ['gone']);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 3, looked: 3, gone: 1 });
    expect((await world.membership.list(channel)).map((each) => each.connection)).toEqual(['a', 'c']);
    expect(await world.connections.get('b')).toBeUndefined();
    expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
    expect((await world.log.head(channel))?.subs).toBe(4);
    expect(world.closed).toEqual(['b']);
  });

  it('does not ask after connections younger than 10 s', async () => {
    const world = await worldWith('a');
    world.answers.set('a', ['gone']);
    world.clock.advance(9_999);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1 });
    expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
    world.clock.advance(1);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1, gone: 1 });
  });

  it('closes and forgets a connection whose token has expired, from that moment on', async () => {
    const world = memoryWorld();
    const at = world.clock.now();
    const credential = { until: at + 20_000 };
    await arrived(world, { id: 'a', at, channel, dialect: 'plain', credential });
    world.clock.advance(19_999);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1 });
    world.clock.advance(1);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1, expired: 1 });
    expect(world.closed).toEqual(['a']);
    expect(await world.membership.list(channel)).toEqual([]);
    expect(await world.connections.get('a')).toBeUndefined();
  });

  it('leaves a connection alone of which nothing can be learnt', async () => {
    const world = await worldWith('a');
    world.clock.advance(10_000);
    const sockets = { ...world.sockets, isOpen: async () => 'unknown' as const };
    expect(await sweep({ ...engineOn(world), sockets }, 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1 });
    expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
  });

  it.each([1, 2, 3, 5, 8, 15, 16, 17])('in %i parts covers every partition exactly once', async (of) => {
    const world = memoryWorld();
    const visited: number[] = [];
    const connections = {
      ...world.connections,
      async *inPartition(partition: number) {
        visited.push(partition);
        yield* [];
      },
    };
    for (let part = 0; part < of; part += 1) await sweep({ ...engineOn(world), connections }, part, of);
    expect(visited.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'that crashes after call %i leaves nothing the next one does not finish',
    async (n) => {
      const world = await worldWith('a');
      world.answers.set('a', ['gone']);
      world.clock.advance(10_000);
      await untilCrash(sweep(engineOn(world.as(crashAfter(n))), 0, 1));
      await sweepAll(world);
      expect(await world.membership.list(channel)).toEqual([]);
      expect(await world.connections.get('a')).toBeUndefined();
      expect((await world.log.head(channel))?.subs).toBeGreaterThan(1);
    },
  );

  it.each([1, 2, 3, 4, 5, 6])(
    'that crashes after call %i has closed the socket of whomever it forgot',
    async (n) => {
      const world = await worldWith('a');
      world.answers.set('a', ['gone']);
      world.clock.advance(10_000);
      await untilCrash(sweep(engineOn(world.as(crashAfter(n))), 0, 1));
      const known = (await world.connections.get('a')) !== undefined;
      expect(known || world.closed.includes('a')).toBe(true);
    },
  );
});

describe('a heartbeat', () => {
  async function worldWithV1(): Promise<MemoryWorld> {
    const world = memoryWorld();
    await world.log.advance(channel, 7);
    await arrived(world, { id: 'v', at: world.clock.now(), channel, dialect: 'relay.v1' });
    await start(engineOn(world), 'v', { by: 'me', inBatches: false });
    await subscribe(world, 'p', channel, world.clock.now());
    world.received.clear();
    return world;
  }

  it('reaches every client of relay.v1 at least every five minutes, and no plain one', async () => {
    const world = await worldWithV1();
    for (let minute = 0; minute < 12; minute += 1) {
      world.clock.advance(60_000);
      await sweep(engineOn(world), 0, 1);
    }
    const beats = world.received.get('v') ?? [];
    expect(beats).toHaveLength(3);
    expect(new Set(beats.map((text) => JSON.parse(text)))).toEqual(
      new Set(beats.map(() => ({ type: 'heartbeat', head: `${epoch}.7` }))),
    );
    expect(world.received.get('p')).toBeUndefined();
  });

  it('that finds nobody clears the connection away', async () => {
    const world = await worldWithV1();
    world.clock.advance(4 * 60_000);
    world.answers.set('v', ['gone']);
    expect(await sweep(engineOn(world), 0, 1)).toMatchObject({ heartbeats: 0, gone: 1 });
    expect(await world.connections.get('v')).toBeUndefined();
    expect((await world.membership.list(channel)).map((each) => each.connection)).toEqual(['p']);
  });

  it('reads each channel’s head once a pass', async () => {
    const world = memoryWorld();
    for (const id of ['a', 'b', 'c']) {
      await arrived(world, { id, at: world.clock.now(), channel, dialect: 'relay.v1' });
      await start(engineOn(world), id, { by: id, inBatches: false });
    }
    world.clock.advance(4 * 60_000);
    const calls: string[] = [];
    const counted = world.as({ after: (call) => void calls.push(call) });
    expect(await sweep(engineOn(counted), 0, 1)).toEqual({
      ...nothing,
      sockets: 3,
      looked: 3,
      heartbeats: 3,
    });
    expect(calls.filter((call) => call === 'head')).toHaveLength(1);
    expect(calls.filter((call) => call === 'isOpen')).toEqual([]);
  });
});

describe('a connection that never went live', () => {
  it('is closed and forgotten after a minute, not before', async () => {
    const world = memoryWorld();
    await arrived(world, { id: 'v', at: world.clock.now(), channel, dialect: 'relay.v1' });
    world.clock.advance(59_999);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1 });
    world.clock.advance(1);
    expect(await sweep(engineOn(world), 0, 1)).toEqual({ ...nothing, sockets: 1, looked: 1, stuck: 1 });
    expect(world.closed).toEqual(['v']);
    expect(await world.connections.get('v')).toBeUndefined();
  });
});

describe('a socket.io client', () => {
  it('is pinged in one minute of four, and no more', async () => {
    const world = memoryWorld();
    await connect(world, 's', undefined, [channel]);
    world.received.clear();
    const heartbeats: number[] = [];
    for (let minute = 1; minute <= 12; minute += 1) {
      world.clock.advance(60_000);
      heartbeats.push((await sweep(roomsOn(world), 0, 1)).heartbeats);
    }
    expect(heartbeats).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
    expect(world.received.get('s')).toEqual(['2', '2', '2']);
  });

  it('is pinged though it is in no room, and cleared away where nobody is there', async () => {
    const world = memoryWorld();
    await connect(world, 's');
    world.clock.advance(4 * 60_000);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ heartbeats: 1, gone: 0 });
    world.clock.advance(4 * 60_000);
    world.answers.set('s', ['gone']);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ heartbeats: 0, gone: 1 });
    expect(await world.rooms.get('s')).toBeUndefined();
  });

  it('that has not said CONNECT within a minute is closed', async () => {
    const world = memoryWorld();
    await arrive(world, 's');
    world.clock.advance(59_999);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ looked: 1, stuck: 0 });
    world.clock.advance(1);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ stuck: 1 });
    expect(world.closed).toEqual(['s']);
  });

  it('whose feeder has died is closed once the lease has ended, and its subscriptions end', async () => {
    const world = memoryWorld();
    await connect(world, 's', { recovery: true }, [channel]);
    world.clock.advance(10_000);
    await world.rooms.hold('s', 'died', world.clock.now() + 28_000);
    world.clock.advance(27_999);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ looked: 1, stuck: 0 });
    world.clock.advance(1);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ stuck: 1 });
    expect(world.closed).toEqual(['s']);
    expect(await world.rooms.get('s')).toBeUndefined();
    expect(await world.membership.list(channel)).toEqual([]);
  });

  it('that is fed and given back in time is left alone', async () => {
    const world = memoryWorld();
    await connect(world, 's', { recovery: true }, [channel]);
    await world.rooms.hold('s', 'me', world.clock.now() + 1_000);
    await world.rooms.letGo('s', 'me', new Map());
    world.clock.advance(60_000);
    expect(await sweep(roomsOn(world), 0, 1)).toMatchObject({ looked: 1, stuck: 0, gone: 0 });
    expect(world.closed).toEqual([]);
  });
});
