import { describe, expect, it } from 'vitest';
import { departed } from '../../../../shared/core/departure.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, sweepAll, untilCrash } from '../crash.ts';

async function worldOfTwoChannels(calls: string[] = []) {
  const world = memoryWorld({ after: (call) => void calls.push(call) });
  await world.connections.put({
    id: 'a',
    at: world.clock.now(),
    channels: ['x', 'y'],
    dialect: 'plain',
    live: true,
  });
  for (const channel of ['x', 'y']) {
    await world.membership.put(channel, { connection: 'a', at: world.clock.now() });
    await world.membership.put(channel, { connection: 'b', at: world.clock.now() });
  }
  calls.length = 0;
  return world;
}

describe('a departure', () => {
  it('ends every subscription of the connection, each with a new version, and forgets the connection last', async () => {
    const calls: string[] = [];
    const world = await worldOfTwoChannels(calls);
    await departed(world, 'a');
    expect(calls).toEqual([
      'getConnection',
      'unsubscribe',
      'bump',
      'unsubscribe',
      'bump',
      'deleteConnection',
    ]);
    for (const channel of ['x', 'y']) {
      expect((await world.membership.list(channel)).map((each) => each.connection)).toEqual(['b']);
      expect((await world.log.head(channel))?.subs).toBe(1);
    }
    expect(await world.connections.get('a')).toBeUndefined();
  });

  it('counts the channel that the caller names once', async () => {
    const calls: string[] = [];
    const world = await worldOfTwoChannels(calls);
    await departed(world, 'a', 'y');
    expect(calls.filter((call) => call === 'unsubscribe')).toHaveLength(2);
  });

  it('of a forgotten connection ends the subscription that the caller met it by', async () => {
    const world = await worldOfTwoChannels();
    await world.connections.delete('a');
    await departed(world, 'a', 'x');
    expect((await world.membership.list('x')).map((each) => each.connection)).toEqual(['b']);
    expect((await world.log.head('x'))?.subs).toBe(1);
  });

  it('of a connection that nobody knows changes nothing', async () => {
    const calls: string[] = [];
    const world = await worldOfTwoChannels(calls);
    await departed(world, 'stranger');
    expect(calls).toEqual(['getConnection']);
  });

  it.each([1, 2, 3, 4, 5, 6])('that crashes after call %i is finished by the sweep', async (n) => {
    const world = await worldOfTwoChannels();
    await untilCrash(departed(world.as(crashAfter(n)), 'a'));
    world.answers.set('a', ['gone']);
    await sweepAll(world);
    expect(await world.connections.get('a')).toBeUndefined();
    for (const channel of ['x', 'y']) {
      expect((await world.membership.list(channel)).map((each) => each.connection)).toEqual(['b']);
      expect((await world.log.head(channel))?.subs).toBeGreaterThanOrEqual(1);
    }
  });
});
