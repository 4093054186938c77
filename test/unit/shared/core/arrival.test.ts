import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, sweepAll, untilCrash } from '../crash.ts';

const channel = 'tenant:t1';

describe('an arrival', () => {
  it('writes the connection, then the subscription, then the version', async () => {
    const calls: string[] = [];
    const world = memoryWorld({ after: (call) => void calls.push(call) });
    await arrived(world, 'a', channel, 1_700_000_000_000);
    expect(calls).toEqual(['putConnection', 'subscribe', 'bump']);
    expect(await world.connections.get('a')).toEqual({ id: 'a', at: 1_700_000_000_000, channels: [channel] });
    expect(await world.membership.list(channel)).toEqual([{ connection: 'a', at: 1_700_000_000_000 }]);
  });

  it('returns the seam: the last number given out before it, and the version it made', async () => {
    const world = memoryWorld();
    await world.log.advance(channel, 7);
    expect(await arrived(world, 'a', channel, 1)).toEqual({ epoch: 'epoch-of-tenant:t1', seq: 7, subs: 1 });
    expect(await arrived(world, 'b', channel, 1)).toEqual({ epoch: 'epoch-of-tenant:t1', seq: 7, subs: 2 });
  });

  it.each([1, 2, 3])('that crashes after call %i leaves nothing the sweep does not clear', async (n) => {
    const world = memoryWorld();
    await untilCrash(arrived(world.as(crashAfter(n)), 'a', channel, world.clock.now()));
    world.answers.set('a', ['gone']);
    await sweepAll(world);
    expect(await world.membership.list(channel)).toEqual([]);
    expect(await world.connections.get('a')).toBeUndefined();
  });
});
