/**
 * What clients of ours lose in a storm: 100,000 events to 20 channels with one client each, on the hostile platform, with its clock
 * so fast that sockets come to their two hours again and again. `test/hostile/resuming.test.ts` runs a small one.
 */
import type { Entry } from '../harness.ts';
import { resumingStorm } from '../storms/resuming.ts';

const SEED = process.env.RELAY_SEED ?? '1';

export const resuming: Entry = {
  about: 'events lost, repeated or out of order at resuming clients, of 100,000 on the hostile platform',
  async run() {
    const outcome = await resumingStorm({
      seed: SEED,
      channels: 20,
      events: 100_000,
      perPost: 25,
      namesEvery: 0,
      timesFaster: 60,
    });
    return [{ name: `seed ${SEED}`, ...outcome }];
  },
};
