/**
 * Ten thousand publishes of twenty senders through the hostile twin, on a clock on which a socket's two hours pass in 80
 * seconds.
 */
import { expect, test } from 'vitest';
import { DATABASE_FAULTS, SOCKET_FAULTS } from '../../local/hostile/faults.ts';
import { brokenPromises } from '../support/storm/promises.ts';
import { storm } from '../support/storm/storm.ts';

const SEED = process.env.RELAY_SEED ?? '1';
const SENDERS = 20;
const PUBLISHES = 10_000;
const TENANTS = 5;
const TWO_HOURS_IN_80_SECONDS = 90;
const GOING_AWAY = 1001;

test(`ten thousand publishes keep every promise (RELAY_SEED=${SEED})`, async () => {
  const aftermath = await storm({
    seed: SEED,
    senders: SENDERS,
    publishes: PUBLISHES,
    tenants: TENANTS,
    twins: true,
    clears: true,
    timesFaster: TWO_HOURS_IN_80_SECONDS,
  });
  expect(brokenPromises(aftermath)).toEqual([]);
  expect(aftermath.sent.length).toBeGreaterThanOrEqual(PUBLISHES);
  const struck = new Set<string>(aftermath.strikes.map(({ fault }) => fault));
  for (const fault of Object.keys({ ...DATABASE_FAULTS, ...SOCKET_FAULTS })) expect(struck).toContain(fault);
  expect(aftermath.sessions.map(({ code }) => code)).toContain(GOING_AWAY);
  const { strikes, sessions, seconds } = aftermath;
  process.stdout.write(`${strikes.length} faults, ${sessions.length} sockets, ${seconds.toFixed()} s
`);
}, 1_200_000);
