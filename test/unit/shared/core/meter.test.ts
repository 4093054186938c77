import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../../shared/core/event.ts';
import { limits } from '../../../../shared/core/limits.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { engineOn, subscribe } from '../../../support/engine.ts';
import { Figures } from '../../../support/figures.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const event = (n: number, name?: string): NewEvent => ({
  json: JSON.stringify({ n }),
  ...(name === undefined ? {} : { name }),
});

async function measured(world: MemoryWorld, ...events: NewEvent[]): Promise<Figures> {
  const figures = new Figures();
  await publish(engineOn(world, figures), [{ channel, events }]);
  return figures;
}

/** A world with these clients, all of them long past their handshake. */
async function worldWith(...connections: string[]): Promise<MemoryWorld> {
  const world = memoryWorld();
  for (const connection of connections) await subscribe(world, connection, channel, world.clock.now());
  world.clock.advance(limits.connectSeconds * 1_000);
  return world;
}

describe('a publish', () => {
  it('counts what it accepted, and each frame that it posted', async () => {
    const { counted } = await measured(await worldWith('a', 'b'), event(1), event(2), event(3));
    expect(counted).toEqual({ accepted: 3, delivered: 6 });
  });

  it('counts a name that has its place as repeated, not as accepted', async () => {
    const world = await worldWith('a');
    await measured(world, event(1, 'x'));
    const { counted } = await measured(world, event(1, 'x'), event(2, 'y'));
    expect(counted).toEqual({ accepted: 1, repeated: 1, delivered: 1 });
  });

  it('counts a name that comes twice in one POST as repeated once', async () => {
    const { counted } = await measured(await worldWith(), event(1, 'x'), event(1, 'x'));
    expect(counted).toEqual({ accepted: 1, repeated: 1 });
  });

  it('counts an event that an earlier attempt logged and did not finish as repeated, and its posts as delivered', async () => {
    const world = await worldWith('a');
    const claim = { epoch: epochOf(channel), first: 1, size: 1, seq: 1, done: false };
    await world.log.advance(channel, 1);
    await world.log.claim(channel, 'x', claim);
    await world.log.putSlot(channel, claim.epoch, { first: 1, events: ['{"n":1}'] });
    expect((await measured(world, event(1, 'x'))).counted).toEqual({ repeated: 1, delivered: 1 });
  });

  it('counts events in the log even if its fan-out fails', async () => {
    const world = await worldWith('a');
    const figures = new Figures();
    const broken = world.as({
      before(call) {
        if (call === 'list') throw new Error('no list');
      },
    });
    await expect(publish(engineOn(broken, figures), [{ channel, events: [event(1)] }])).rejects.toThrow();
    expect(figures).toEqual({ counted: { accepted: 1 }, deliveries: [] });
  });

  it('counts throttled posts, and each post that was made again', async () => {
    const world = await worldWith('a', 'b');
    world.answers.set('a', ['busy', 'failed', 'busy']);
    const { counted } = await measured(world, event(1));
    expect(counted).toEqual({ accepted: 1, delivered: 2, throttled: 2, retried: 3 });
  });

  it('counts a post as made again that met a connection before it was open', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    world.answers.set('a', ['gone', 'gone']);
    expect((await measured(world, event(1))).counted).toEqual({ accepted: 1, delivered: 1, retried: 2 });
  });

  it('counts a dead connection as gone', async () => {
    const world = await worldWith('a', 'b');
    world.answers.set('b', ['gone']);
    expect((await measured(world, event(1))).counted).toEqual({ accepted: 1, delivered: 1, gone: 1 });
  });
});

describe('the time of a delivery', () => {
  it('lasts from the begin of the publish to the last client that got everything', async () => {
    const world = await worldWith('a', 'b');
    const slow = world.as({
      before(call) {
        if (call === 'putSlot') world.clock.advance(30);
      },
      after(call) {
        if (call === 'post') world.clock.advance(7);
      },
    });
    expect((await measured(slow, event(1), event(2))).deliveries).toEqual([30 + 4 * 7]);
  });

  it('does not count a client that is given up on', async () => {
    const world = await worldWith('a', 'b');
    const post = world.sockets.post;
    const sockets = {
      ...world.sockets,
      post: async (connection: string, frame: string) =>
        connection === 'b' ? ('busy' as const) : post(connection, frame),
    };
    const figures = new Figures();
    const before = world.clock.now();
    await publish({ ...engineOn(world, figures), sockets }, [{ channel, events: [event(1)] }]);
    expect(world.clock.now() - before).toBeGreaterThan(limits.fanOutMs / 2);
    expect(figures.deliveries).toHaveLength(1);
    expect(figures.deliveries[0]).toBeLessThan(100);
  });

  it('is there only where somebody was posted to', async () => {
    expect((await measured(await worldWith(), event(1))).deliveries).toEqual([]);
  });

  it('is measured for each channel', async () => {
    const world = await worldWith('a');
    await subscribe(world, 'c', 'tenant:t2', world.clock.now() - limits.connectSeconds * 1_000);
    const figures = new Figures();
    const batches = [channel, 'tenant:t2', 'tenant:t3'].map((name) => ({
      channel: name,
      events: [event(1)],
    }));
    await publish(engineOn(world, figures), batches);
    expect(figures.deliveries).toEqual([0, 0]);
  });
});
