import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import type { Dialect } from '../../../../shared/core/ports.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, sweepAll, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';
const plain = { id: 'a', at: 1_700_000_000_000, channel, dialect: 'plain' as const };

describe('an arrival', () => {
  it('writes the connection, then the subscription, then the version', async () => {
    const calls: string[] = [];
    const world = memoryWorld({ after: (call) => void calls.push(call) });
    await arrived(world, plain);
    expect(calls).toEqual(['putConnection', 'subscribe', 'bump']);
    expect(await world.connections.get('a')).toEqual({
      id: 'a',
      at: plain.at,
      channels: [channel],
      dialect: 'plain',
      live: true,
    });
    expect(await world.membership.list(channel)).toEqual([{ connection: 'a', at: 1_700_000_000_000 }]);
  });

  it('needs nothing further when it is plain', async () => {
    expect(await arrived(memoryWorld(), plain)).toBe(false);
  });

  it.each<[string, { dialect: Dialect; after?: string }]>([
    ['speaks relay.v1', { dialect: 'relay.v1' }],
    ['resumes', { dialect: 'plain', after: '_______tenant-t1.3' }],
    ['does both', { dialect: 'relay.v1', after: '_______tenant-t1.3' }],
  ])('of a client that %s is noted and not subscribed: a start has to follow', async (_, wish) => {
    const world = memoryWorld();
    expect(await arrived(world, { ...plain, ...wish })).toBe(true);
    expect(await world.connections.get('a')).toMatchObject({ ...wish, live: false });
    expect(await world.membership.list(channel)).toEqual([]);
  });

  it.each([1, 2, 3])('that crashes after call %i leaves nothing the sweep does not clear', async (n) => {
    const world = memoryWorld();
    await untilCrash(arrived(world.as(crashAfter(n)), plain));
    world.answers.set('a', ['gone']);
    await sweepAll(world);
    expect(await world.membership.list(channel)).toEqual([]);
    expect(await world.connections.get('a')).toBeUndefined();
  });
});
