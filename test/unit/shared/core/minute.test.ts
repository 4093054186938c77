import { expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import { minute } from '../../../../shared/core/minute.ts';
import { engineOn } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'user:u1';

/** A connection whose token has expired, and a revocation that nobody finished. */
async function overdue(): Promise<MemoryWorld> {
  const world = memoryWorld();
  const at = world.clock.now();
  await arrived(world, { id: 'a', at, channel, dialect: 'plain', credential: { until: at + 1 } });
  await world.revocations.note({ token: 'left', channel }, at);
  world.clock.advance(60_001);
  return world;
}

it('the first part of a minute finishes revocations and sweeps, the others only sweep', async () => {
  const world = await overdue();
  expect(await minute(engineOn(world), 1, 2)).toMatchObject({ revoked: 0 });
  expect(await world.tokens.isActive('left')).toBe(true);
  expect(await minute(engineOn(world), 0, 2)).toMatchObject({ revoked: 1, expired: 1 });
  expect(await world.tokens.isActive('left')).toBe(false);
});

it('a revocation that cannot be finished keeps nobody from the sweep, and is not kept quiet', async () => {
  const world = await overdue();
  const relay = engineOn(world);
  const mark = () => Promise.reject(new Error('no'));
  const failing = { ...relay, revocations: { ...relay.revocations, mark } };
  await expect(minute(failing, 0, 1)).rejects.toThrow('some revocations could not be finished');
  expect(world.closed).toEqual(['a']);
});
