/** Publishing through the hostile twin: calls that fail, take effect unseen or never, functions that die, sockets that break. */
import { afterEach, describe, expect, test } from 'vitest';
import { brokenPromises } from '../support/storm/promises.ts';
import { type Sabotage, sabotage } from '../support/storm/sabotage.ts';
import { type StormOptions, storm } from '../support/storm/storm.ts';

const SEED = process.env.RELAY_SEED ?? '1';

let sabotaged: Sabotage | undefined;
afterEach(() => sabotaged?.remove());

test(`a thousand publishes of twenty senders keep every promise (RELAY_SEED=${SEED})`, async () => {
  const aftermath = await storm({
    seed: SEED,
    senders: 20,
    publishes: 1_000,
    tenants: 5,
    twins: true,
    clears: true,
  });
  expect(brokenPromises(aftermath)).toEqual([]);
  expect(aftermath.sent.length).toBeGreaterThanOrEqual(1_000);
  // A storm in which nothing happened would prove nothing.
  const struck = new Set(aftermath.strikes.map(({ fault }) => fault));
  for (const fault of ['database-silent-after-effect', 'killed-after-database', 'socket-failed-after-effect'])
    expect(struck).toContain(fault);
}, 180_000);

describe('a seed that found something', () => {
  /** A retry whose first attempt died after it was logged becomes a second event. */
  const forgetfulNames: [string, string] = [
    'attribute_not_exists(pk) OR #exp <= :now OR epoch <> :epoch',
    'attribute_not_exists(pk) OR #exp <= :now OR epoch <> :epoch OR attribute_exists(pk)',
  ];
  const small: Omit<StormOptions, 'seed'> = {
    senders: 6,
    publishes: 120,
    tenants: 2,
    twins: false,
    clears: false,
    rates: { 'killed-after-database': 0.02 },
  };

  test('finds the same again, and another seed something else', async () => {
    sabotaged = await sabotage(...forgetfulNames);
    const options = { ...small, assembly: sabotaged.assembly };
    const first = brokenPromises(await storm({ ...options, seed: 'found' }));
    expect(first.filter((line) => line.includes('was named, and is in the log 2 times'))).not.toEqual([]);
    const again = brokenPromises(await storm({ ...options, seed: 'found' }));
    expect(toEvents(again)).toEqual(toEvents(first));
    const other = brokenPromises(await storm({ ...options, seed: 'another' }));
    expect(toEvents(other)).not.toEqual(toEvents(first));
  }, 180_000);
});

/** The numbers of events vary with how the senders interleave; which events are hit does not. */
function toEvents(broken: readonly string[]): string[] {
  return broken
    .filter((line) => line.includes('was named'))
    .map((line) => line.split(' ')[0] ?? '')
    .sort();
}
