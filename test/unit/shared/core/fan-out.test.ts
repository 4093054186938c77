import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type FanOut, fanOut } from '../../../../shared/core/fan-out.ts';
import type { PostResult, Sockets } from '../../../../shared/core/ports.ts';
import { engineOn, subscribe } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';
const frames = ['{"n":1}', '{"n":2}', '{"n":3}'];

interface Seen {
  readonly relay: FanOut;
  readonly sleeps: number[];
  readonly reports: string[];
}

function watched(world: MemoryWorld, sockets: Partial<Sockets> = {}): Seen {
  const sleeps: number[] = [];
  const reports: string[] = [];
  const relay: FanOut = {
    ...engineOn(world),
    sockets: { ...world.sockets, ...sockets },
    clock: {
      now: world.clock.now,
      sleep: (ms) => {
        sleeps.push(ms);
        return world.clock.sleep(ms);
      },
    },
    report: (what, connection) => void reports.push(`${what} ${connection}`),
  };
  return { relay, sleeps, reports };
}

async function send(world: MemoryWorld, relay: FanOut, list: readonly string[] = frames): Promise<void> {
  await fanOut(relay, channel, await world.log.advance(channel, list.length), list, world.clock.now());
}

async function worldWith(...connections: string[]): Promise<MemoryWorld> {
  const world = memoryWorld();
  for (const connection of connections) await subscribe(world, connection, channel, world.clock.now());
  return world;
}

const subscribed = async (world: MemoryWorld): Promise<string[]> =>
  (await world.membership.list(channel)).map(({ connection }) => connection);

describe('fan-out', () => {
  it('posts to connections side by side, and the frames of one connection one after another', async () => {
    const world = await worldWith('a', 'b');
    const running: string[] = [];
    const together: string[] = [];
    const post = async (connection: string, frame: string): Promise<PostResult> => {
      running.push(connection);
      together.push(running.toSorted().join());
      // An early frame takes longer than a late one: concurrent posts would swap.
      for (let n = 8; n > frames.indexOf(frame) * 3; n -= 1) await turn();
      running.splice(running.indexOf(connection), 1);
      return world.sockets.post(connection, frame);
    };
    await send(world, watched(world, { post }).relay);
    expect(world.received.get('a')).toEqual(frames);
    expect(world.received.get('b')).toEqual(frames);
    expect(together).toContain('a,b');
    expect(together).not.toContain('a,a');
    expect(together).not.toContain('b,b');
  });

  it('posts nothing where nobody is subscribed', async () => {
    const world = await worldWith();
    await send(world, watched(world).relay);
    expect(world.received.size).toBe(0);
  });
});

describe('a 410', () => {
  it('in the first 10 s is repeated after 100, 300 and 1,000 ms; neither subscription nor event is lost', async () => {
    const world = await worldWith('a');
    world.answers.set('a', ['gone', 'gone', 'gone']);
    const { relay, sleeps, reports } = watched(world);
    await send(world, relay);
    expect(sleeps).toEqual([100, 300, 1_000]);
    expect(world.received.get('a')).toEqual(frames);
    expect(await subscribed(world)).toEqual(['a']);
    expect(world.closed).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('that stays while the connection is young leaves its subscription alone', async () => {
    const world = await worldWith('a', 'b');
    world.answers.set('a', ['gone', 'gone', 'gone', 'gone']);
    const { relay, reports } = watched(world);
    await send(world, relay);
    expect(world.received.get('a')).toBeUndefined();
    expect(world.received.get('b')).toEqual(frames);
    expect(await subscribed(world)).toEqual(['a', 'b']);
    expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
    expect((await world.log.head(channel))?.subs).toBe(2);
    expect(world.closed).toEqual([]);
    expect(reports).toEqual(['early a']);
  });

  it('of a connection 9,999 ms old is repeated, of one 10,000 ms old it is not', async () => {
    for (const [age, kept] of [
      [9_999, ['a']],
      [10_000, []],
    ] as const) {
      const world = await worldWith('a');
      world.clock.advance(age);
      world.answers.set('a', ['gone']);
      const { relay, sleeps } = watched(world);
      await send(world, relay);
      expect(await subscribed(world)).toEqual(kept);
      expect(sleeps).toHaveLength(kept.length);
    }
  });

  it('that stays until the connection is no longer young ends it', async () => {
    const world = await worldWith('a');
    world.clock.advance(9_950);
    world.answers.set('a', ['gone', 'gone']);
    const { relay, sleeps, reports } = watched(world);
    await send(world, relay);
    expect(sleeps).toEqual([100]);
    expect(reports).toEqual(['gone a']);
    expect(await subscribed(world)).toEqual([]);
  });

  it('of an old connection ends its subscriptions and the connection, raises the version, closes the socket', async () => {
    const world = await worldWith('a', 'b');
    world.clock.advance(10_000);
    world.answers.set('a', ['gone']);
    const { relay, sleeps, reports } = watched(world);
    await send(world, relay);
    expect(sleeps).toEqual([]);
    expect(await subscribed(world)).toEqual(['b']);
    expect(await world.connections.get('a')).toBeUndefined();
    expect((await world.log.head(channel))?.subs).toBe(3);
    expect(world.closed).toEqual(['a']);
    expect(reports).toEqual(['gone a']);
    expect(world.received.get('b')).toEqual(frames);
  });

  it('of a connection that is already forgotten ends the subscription it was met by', async () => {
    const world = await worldWith('a');
    world.clock.advance(10_000);
    await world.connections.delete('a');
    world.answers.set('a', ['gone']);
    await send(world, watched(world).relay);
    expect(await subscribed(world)).toEqual([]);
    expect((await world.log.head(channel))?.subs).toBe(2);
  });
});

describe('a client that is still being given what it missed', () => {
  const starting = { connection: 'a', at: 1_700_000_000_000, starting: true };

  it('is posted to once that is done, and the others meanwhile', async () => {
    const world = await worldWith('b');
    await world.membership.put(channel, starting);
    await world.membership.bump(channel);
    const seen: (string[] | undefined)[] = [];
    const { relay, sleeps } = watched(world);
    const sleep = async (ms: number) => {
      await relay.clock.sleep(ms);
      seen.push(world.received.get('b'));
      if (sleeps.length === 3) await world.membership.put(channel, { ...starting, starting: false });
    };
    await send(world, { ...relay, clock: { ...relay.clock, sleep } });
    expect(sleeps).toEqual([25, 50, 100]);
    expect(seen.at(0)).toEqual(frames);
    expect(world.received.get('a')).toEqual(frames);
  });

  it('is cut when that takes longer than five seconds', async () => {
    const world = await worldWith('b');
    await world.membership.put(channel, starting);
    await world.membership.bump(channel);
    const { relay, reports } = watched(world);
    await send(world, relay);
    expect(world.received.get('a')).toBeUndefined();
    expect(world.closed).toEqual(['a']);
    expect(reports).toEqual(['cut a']);
    expect(await subscribed(world)).toEqual(['b']);
  });

  it('holds nobody else up when looking at it fails', async () => {
    const world = await worldWith('b');
    await world.membership.put(channel, starting);
    await world.membership.bump(channel);
    const { relay, reports } = watched(world);
    const get = () => Promise.reject(new Error('throttled'));
    await send(world, { ...relay, membership: { ...relay.membership, get } });
    expect(world.received.get('b')).toEqual(frames);
    expect(new Set(reports)).toEqual(new Set(['unfinished a', 'cut a']));
    expect(world.closed).toEqual(['a']);
  });

  it('is left alone when it has left meanwhile', async () => {
    const world = memoryWorld();
    await world.membership.put(channel, starting);
    const { relay, reports } = watched(world);
    const list = () => Promise.resolve([starting]);
    await world.membership.delete(channel, 'a');
    await send(world, { ...relay, members: { list } });
    expect(reports).toEqual([]);
    expect(world.closed).toEqual([]);
    expect(world.received.get('a')).toBeUndefined();
  });
});

describe('a busy or failing client', () => {
  it('is posted to again with growing, jittered pauses and misses nothing', async () => {
    const world = await worldWith('a');
    world.answers.set('a', ['busy', 'failed', 'busy']);
    const { relay, sleeps } = watched(world);
    await send(world, relay);
    expect(sleeps).toEqual([37.5, 75, 150]);
    expect(world.received.get('a')).toEqual(frames);
    expect(world.closed).toEqual([]);
  });

  it('never waits longer than 2 s for the next attempt', async () => {
    const world = await worldWith('a');
    world.answers.set('a', new Array<PostResult>(9).fill('busy'));
    const { relay, sleeps } = watched(world);
    await send(world, { ...relay, random: () => 0.999 });
    expect(Math.max(...sleeps)).toBeLessThan(2_000);
    expect(world.received.get('a')).toEqual(frames);
  });

  it.each(['busy', 'failed'] as const)(
    'that stays %s is cut within 22 s; the others get everything',
    async (answer) => {
      const world = await worldWith('a', 'b', 'c');
      const start = world.clock.now();
      const post: Sockets['post'] = async (connection, frame) =>
        connection === 'b' ? answer : world.sockets.post(connection, frame);
      const { relay, reports } = watched(world, { post });
      await send(world, relay);
      expect(world.clock.now() - start).toBeGreaterThan(15_000);
      expect(world.clock.now() - start).toBeLessThanOrEqual(22_000);
      expect(world.closed).toEqual(['b']);
      expect(await subscribed(world)).toEqual(['a', 'c']);
      expect(await world.connections.get('b')).toBeUndefined();
      expect((await world.log.head(channel))?.subs).toBe(4);
      expect(reports).toEqual(['cut b']);
      expect(world.received.get('a')).toEqual(frames);
      expect(world.received.get('c')).toEqual(frames);
    },
  );

  it('is closed in the end when closing it fails at first', async () => {
    const world = await worldWith('a');
    world.clock.advance(10_000);
    world.answers.set('a', ['gone']);
    let failures = 2;
    const close: Sockets['close'] = async (connection) => {
      failures -= 1;
      return failures < 0 ? world.sockets.close(connection) : 'failed';
    };
    const { relay, sleeps, reports } = watched(world, { close });
    await send(world, relay);
    expect(sleeps).toEqual([37.5, 75]);
    expect(world.closed).toEqual(['a']);
    expect(await subscribed(world)).toEqual([]);
    expect(reports).toEqual(['gone a']);
  });

  it('that cannot be closed keeps its subscription, is reported, and holds nobody up beyond 25 s', async () => {
    const world = await worldWith('a');
    const start = world.clock.now();
    const { relay, reports } = watched(world, { post: async () => 'busy', close: async () => 'failed' });
    await send(world, relay);
    expect(world.clock.now() - start).toBeLessThanOrEqual(25_000);
    expect(await subscribed(world)).toEqual(['a']);
    expect(reports).toEqual(['cut a', 'unfinished a']);
    expect(await world.connections.get('a'), 'the minute’s pass will close it').toMatchObject({
      live: false,
    });
  });

  it('that is refused is not posted to again, and holds nobody up', async () => {
    const world = await worldWith('a', 'b');
    const post: Sockets['post'] = async (connection, frame) =>
      connection === 'a' ? 'refused' : world.sockets.post(connection, frame);
    const { relay, sleeps, reports } = watched(world, { post, close: async () => 'refused' });
    await send(world, relay);
    expect(sleeps).toEqual([]);
    expect(reports).toEqual(['cut a', 'unfinished a']);
    expect(world.received.get('b')).toEqual(frames);
  });

  it('gets no later frame once it has missed one', async () => {
    const world = await worldWith('a');
    const tried: string[] = [];
    const post: Sockets['post'] = async (_connection, frame) => {
      tried.push(frame);
      return frame === '{"n":2}' ? 'busy' : 'sent';
    };
    await send(world, watched(world, { post }).relay);
    expect(tried[0]).toBe('{"n":1}');
    expect(tried).not.toContain('{"n":3}');
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'is not left open without its subscription when its cut crashes after call %i',
    async (n) => {
      const world = await worldWith('a');
      const head = await world.log.advance(channel, 1);
      const dying = world.as(crashAfter(n));
      const { relay } = watched(dying, { post: async () => 'busy' });
      await untilCrash(fanOut(relay, channel, head, ['{"n":1}'], world.clock.now()));
      if (world.closed.includes('a')) return;
      expect(await subscribed(world)).toEqual(['a']);
      expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
    },
  );
});
