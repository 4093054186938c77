/** CONNECT: who the client is, and the rooms that its handshake asked for. */
import { describe, expect, it } from 'vitest';
import { RelayError } from '../../../../shared/core/errors.ts';
import { sweep } from '../../../../shared/core/sweep.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import type { Rooms } from '../../../../shared/rooms/rooms.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { arrive, connect, eventsTo, roomEvent, roomsOn, says } from '../../../support/rooms.ts';
import { counted, crashAfter, untilCrash } from '../crash.ts';

const [project, batch] = ['project:7', 'batch:9'];

const frames = (world: MemoryWorld, id = 'a') => world.received.get(id) ?? [];
const numbers = (world: MemoryWorld, id = 'a') => eventsTo(world, id).map(({ payload }) => payload.n);

const publish = (world: MemoryWorld, n: number, ...channels: readonly string[]) =>
  publishToRooms(roomsOn(world), [roomEvent('log_line', { n }, channels)]);

describe('CONNECT of a plain client', () => {
  it('is answered with its id alone, and makes it live', async () => {
    const world = memoryWorld();
    await connect(world, 'a');
    expect(frames(world)).toEqual(['40{"sid":"drawn-2"}']);
    expect(await world.rooms.get('a')).toMatchObject({ live: true, sid: 'drawn-2', grant: {}, channels: [] });
  });

  it.each([[{ recovery: 'yes' }], [{ recovery: 1 }], [{ pid: 'x', offset: 'y' }], [{ token: 7 }]])(
    'with the auth %j asks for nothing else',
    async (auth) => {
      const world = memoryWorld();
      await connect(world, 'a', auth);
      expect(frames(world)).toEqual(['40{"sid":"drawn-2"}']);
      expect((await world.rooms.get('a'))?.session).toBeUndefined();
    },
  );

  it('joins the rooms of its handshake, of which nothing is missed from then on', async () => {
    const world = memoryWorld();
    await publish(world, 1, project);
    const watched = world.as({
      async before(call) {
        // What is published while it is being told waits, and comes after that.
        if (call === 'post' && frames(world).length === 0) void publish(world, 2, project, batch);
      },
    });
    await arrive(world, 'a', [project, batch]);
    await says(roomsOn(watched), 'a', '40');
    await publish(world, 3, batch);
    expect(frames(world)[0]).toMatch(/^40\{"sid":"drawn-\d"\}$/);
    expect(numbers(world).toSorted()).toEqual([2, 3]);
  });

  it('to another namespace is refused, and does not connect it', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    await says(roomsOn(world), 'a', '40/admin,{"token":"x"}');
    expect(frames(world)).toEqual(['44/admin,{"message":"Invalid namespace"}']);
    expect(await world.rooms.get('a')).toMatchObject({ live: false });
    expect((await world.rooms.get('a'))?.sid).toBeUndefined();
    await says(roomsOn(world), 'a', '40');
    await says(roomsOn(world), 'a', '40/admin,');
    expect(frames(world)).toEqual([
      '44/admin,{"message":"Invalid namespace"}',
      '40{"sid":"drawn-2"}',
      '44/admin,{"message":"Invalid namespace"}',
    ]);
    expect(world.closed).toEqual([]);
  });

  it('that comes twice at once is answered once', async () => {
    const world = memoryWorld();
    await arrive(world, 'a', [project]);
    const connection = await world.rooms.get('a');
    if (!connection) throw new Error('has to be there');
    await Promise.all([says(roomsOn(world), 'a', '40'), says(roomsOn(world), 'a', '40{"recovery":true}')]);
    expect(frames(world).filter((frame) => frame.startsWith('40'))).toHaveLength(1);
    await publish(world, 1, project);
    expect(numbers(world)).toEqual([1]);
  });

  it.each(['40', '40{"recovery":true}'])(
    'by %s that dies at any call leaves a socket that the minute closes',
    async (packet) => {
      for (let n = 1; n < 40; n += 1) {
        const world = memoryWorld();
        await arrive(world, 'a', [project]);
        const calls: string[] = [];
        const dying = world.as(counted(crashAfter(n), calls));
        await untilCrash(says(roomsOn(dying), 'a', packet));
        if (calls.length < n || calls[n - 1] === 'letGo') {
          expect(n).toBeGreaterThan(8);
          return;
        }
        world.clock.advance(60_000);
        await sweep(roomsOn(world), 0, 1);
        expect(world.closed, `crashed after ${calls}`).toEqual(['a']);
        expect(await world.membership.list(project)).toEqual([]);
      }
      throw new Error('a CONNECT was expected to end within 40 calls');
    },
  );
});

describe('the token of a CONNECT', () => {
  const unauthorized = new RelayError('unauthorized', 'The client token is wrong.', [
    { field: 'token', message: 'is wrong' },
  ]);

  /** `good` opens project 7 for a minute; nothing else opens anything. */
  function guarded(world: MemoryWorld): Rooms {
    const until = world.clock.now() + 60_000;
    return {
      ...roomsOn(world),
      admit: async (token) => {
        if (token !== 'good') throw unauthorized;
        return { channels: [project], until };
      },
      mayJoin: ({ channels }, channel) => channels?.includes(channel) === true,
    };
  }

  it('opens what it covers, until it ends', async () => {
    const world = memoryWorld();
    await arrive(world, 'a', [project]);
    await says(guarded(world), 'a', '40{"token":"good"}');
    await publish(world, 1, project);
    world.clock.advance(60_000);
    await publish(world, 2, project);
    expect(numbers(world)).toEqual([1]);
    expect(world.closed).toEqual(['a']);
  });

  it.each(['40', '40{"token":"bad"}', '40{"recovery":true,"token":""}'])(
    'is refused in %s',
    async (packet) => {
      const world = memoryWorld();
      await arrive(world, 'a');
      await says(guarded(world), 'a', packet);
      expect(frames(world)).toEqual([expect.stringMatching(/^44\{"message":"unauthorized","data":\{/)]);
      expect(JSON.parse(frames(world)[0]?.slice(2) ?? '').data).toMatchObject({
        status: 401,
        errors: [{ field: 'token', message: 'is wrong' }],
      });
      expect(await world.rooms.get('a')).toMatchObject({ live: false });
      expect((await world.rooms.get('a'))?.sid).toBeUndefined();
    },
  );

  it('that does not cover a room of the handshake opens nothing', async () => {
    const world = memoryWorld();
    await arrive(world, 'a', [project, batch]);
    await says(guarded(world), 'a', '40{"token":"good"}');
    expect(JSON.parse(frames(world)[0]?.slice(2) ?? '')).toMatchObject({
      message: 'forbidden',
      data: { status: 403, errors: [{ field: 'query room' }] },
    });
    expect(await world.membership.list(project)).toEqual([]);
  });

  it('goes before that of the handshake, which serves where it shows none', async () => {
    const world = memoryWorld();
    const grant = { channels: [batch] };
    for (const id of ['a', 'b']) await world.rooms.put({ id, at: world.clock.now(), asked: [], grant });
    await says(guarded(world), 'a', '40');
    expect(await world.rooms.get('a')).toMatchObject({ grant, live: true });
    await says(guarded(world), 'b', '40{"token":"good"}');
    expect((await world.rooms.get('b'))?.grant?.channels).toEqual([project]);
    await world.rooms.put({ id: 'c', at: world.clock.now(), asked: [], grant });
    await says(guarded(world), 'c', '40{"token":"bad"}');
    expect(frames(world, 'c')[0]).toContain('unauthorized');
  });

  it('that cannot be asked after is an error, not a refusal', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    const admit = () => Promise.reject(new Error('no table'));
    await expect(says({ ...roomsOn(world), admit }, 'a', '40')).rejects.toThrow('no table');
    expect(frames(world)).toEqual([]);
  });
});
