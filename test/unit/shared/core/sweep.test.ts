import { describe, expect, it } from 'vitest';
import { sweep } from '../../../../shared/core/sweep.ts';
import { subscribe } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, sweepAll, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';

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
    expect(await sweep(world, 0, 1)).toEqual({ looked: 3, gone: 1 });
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
    expect(await sweep(world, 0, 1)).toEqual({ looked: 0, gone: 0 });
    expect(await world.connections.get('a')).toMatchObject({ id: 'a' });
    world.clock.advance(1);
    expect(await sweep(world, 0, 1)).toEqual({ looked: 1, gone: 1 });
  });

  it('leaves a connection alone of which nothing can be learnt', async () => {
    const world = await worldWith('a');
    world.clock.advance(10_000);
    const sockets = { ...world.sockets, isOpen: async () => 'unknown' as const };
    expect(await sweep({ ...world, sockets }, 0, 1)).toEqual({ looked: 1, gone: 0 });
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
    for (let part = 0; part < of; part += 1) await sweep({ ...world, connections }, part, of);
    expect(visited.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'that crashes after call %i leaves nothing the next one does not finish',
    async (n) => {
      const world = await worldWith('a');
      world.answers.set('a', ['gone']);
      world.clock.advance(10_000);
      await untilCrash(sweep(world.as(crashAfter(n)), 0, 1));
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
      await untilCrash(sweep(world.as(crashAfter(n)), 0, 1));
      const known = (await world.connections.get('a')) !== undefined;
      expect(known || world.closed.includes('a')).toBe(true);
    },
  );
});
