import { expect, it } from 'vitest';
import { sharedReads } from '../../../../shared/rooms/shared-reads.ts';
import { memoryWorld } from '../../../support/memory-world.ts';

/** The log of a world with one event in a channel, and the names of the calls that reach it. */
async function counted() {
  const calls: string[] = [];
  const world = memoryWorld({ before: (call) => void calls.push(call) });
  const { epoch, seq } = await world.log.advance('job:a', 1);
  const slot = { first: seq, events: ['{"n":1}'] };
  await world.log.putSlot('job:a', epoch, slot);
  calls.length = 0;
  return { log: sharedReads(world.log), epoch, slot, calls };
}

it('what several read at one moment is read once, and each has it', async () => {
  const { log, epoch, slot, calls } = await counted();
  const read = () => log.slots('job:a', epoch, 1, 1);
  expect(await Promise.all([read(), read(), read()])).toEqual([[slot], [slot], [slot]]);
  expect(calls).toEqual(['slots']);
});

it('whoever reads later, or something else, reads anew', async () => {
  const { log, epoch, calls } = await counted();
  await log.slotAt('job:a', epoch, 1);
  await log.slotAt('job:a', epoch, 1);
  await Promise.all([
    log.slotAt('job:a', epoch, 1),
    log.slotAt('job:b', epoch, 1),
    log.slots('job:a', epoch, 1, 2),
  ]);
  expect(calls).toEqual(['slotAt', 'slotAt', 'slotAt', 'slotAt', 'slots']);
});

it('a read that fails fails for all who wait for it, and is made again by the next', async () => {
  let isBroken = true;
  const world = memoryWorld({
    before: () => {
      if (isBroken) throw new Error('throttled');
    },
  });
  const log = sharedReads(world.log);
  const both = await Promise.allSettled([log.slots('job:a', 'e', 1, 1), log.slots('job:a', 'e', 1, 1)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isBroken = false;
  expect(await log.slots('job:a', 'e', 1, 1)).toEqual([]);
});

it('the head is read by everybody for himself', async () => {
  const { log, calls } = await counted();
  await Promise.all([log.head('job:a'), log.head('job:a')]);
  expect(calls).toEqual(['head', 'head']);
});
