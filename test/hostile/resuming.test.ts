/** Clients that resume, through cut sockets, lost messages and the two-hour cut: 20 channels, 5,000 events (contract row X2). */
import { expect, test } from 'vitest';
import { resumingStorm } from '../../bench/storms/resuming.ts';

const SEED = process.env.RELAY_SEED ?? '1';
const CHANNELS = 20;
const EVENTS = 5_000;
const TWO_HOURS_IN_30_SECONDS = 240;

test(`5,000 events reach 20 resuming clients once, in order, without a hole (RELAY_SEED=${SEED})`, async () => {
  const outcome = await resumingStorm({
    seed: SEED,
    channels: CHANNELS,
    events: EVENTS,
    perPost: 5,
    namesEvery: 2,
    timesFaster: TWO_HOURS_IN_30_SECONDS,
  });
  const { events, sockets, faults, seconds, ...failures } = outcome;
  expect(failures).toEqual({ lost: 0, twice: 0, outOfOrder: 0, invented: 0, gaps: 0 });
  expect(events).toBeGreaterThanOrEqual(EVENTS);
  expect(sockets, 'sockets were cut').toBeGreaterThan(2 * CHANNELS);
  process.stdout.write(`${faults} faults, ${sockets} sockets, ${seconds.toFixed()} s\n`);
}, 1_200_000);
