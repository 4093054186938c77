/**
 * Ten thousand publishes of twenty senders through the hostile twin, on a clock on which sockets come to their two hours within
 * two minutes.
 */
import { expect, test } from 'vitest';
import { DATABASE_FAULTS, SOCKET_FAULTS } from '../../local/hostile/faults.ts';
import { brokenPromises } from '../support/storm/promises.ts';
import { storm } from '../support/storm/storm.ts';

const SEED = process.env.RELAY_SEED ?? '1';
const SENDERS = 20;
const PUBLISHES = 10_000;
const TENANTS = 5;
const TWO_HOURS_IN_TWO_MINUTES = 60;

test(`ten thousand publishes keep every promise (RELAY_SEED=${SEED})`, async () => {
  const aftermath = await storm({
    seed: SEED,
    senders: SENDERS,
    publishes: PUBLISHES,
    tenants: TENANTS,
    twins: true,
    clears: true,
    timesFaster: TWO_HOURS_IN_TWO_MINUTES,
  });
  expect(brokenPromises(aftermath)).toEqual([]);
  expect(aftermath.sent.length).toBeGreaterThanOrEqual(PUBLISHES);
  const struck = new Set<string>(aftermath.strikes.map(({ fault }) => fault));
  for (const fault of Object.keys({ ...DATABASE_FAULTS, ...SOCKET_FAULTS })) expect(struck).toContain(fault);
  console.log(
    `${aftermath.strikes.length} faults, ${aftermath.sessions.length} sockets, ${aftermath.seconds} s`,
  );
});
