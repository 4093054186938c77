import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AwsAnswer } from '../../../../local/aws/answer.ts';
import type { AwsCall, MaybeAnswer } from '../../../../local/aws/call.ts';
import { Connections } from '../../../../local/gateway/connections.ts';
import { type Readings, USUAL_READINGS } from '../../../../local/gateway/readings.ts';
import {
  DATABASE_FAULTS,
  type FaultName,
  OTHER_FAULTS,
  SOCKET_FAULTS,
} from '../../../../local/hostile/faults.ts';
import { type HostileOptions, Hostility } from '../../../../local/hostile/hostility.ts';

const NAMES = Object.keys({ ...DATABASE_FAULTS, ...SOCKET_FAULTS, ...OTHER_FAULTS }) as FaultName[];
const fine: AwsAnswer = { status: 200, headers: {}, body: Buffer.from('{}') };

/** No fault but this one, always. */
function only(fault?: FaultName): NonNullable<HostileOptions['rates']> {
  return Object.fromEntries(NAMES.map((name) => [name, name === fault ? 1 : 0]));
}

interface Outcome {
  answer: MaybeAnswer;
  tookEffect: boolean;
  killed: boolean;
}

let environments = 0;
beforeEach(() => {
  environments = 0;
});

async function call(hostility: Hostility, given: Partial<AwsCall> = {}): Promise<Outcome> {
  environments += 1;
  const outcome: Outcome = { answer: undefined, tookEffect: false, killed: false };
  outcome.answer = await hostility.onAwsCall(
    {
      functionName: 'Ingest',
      environmentId: `environment-${environments}`,
      event: JSON.stringify({ requestContext: { http: {}, requestId: Math.random() }, body: 'the body' }),
      service: 'dynamodb',
      operation: 'PutItem',
      path: '/',
      body: {},
      needs: [],
      kill() {
        outcome.killed = true;
      },
      ...given,
    },
    async () => {
      outcome.tookEffect = true;
      return fine;
    },
  );
  return outcome;
}

const post: Partial<AwsCall> = {
  service: 'execute-api',
  operation: 'PostToConnection',
  path: '/_aws/execute-api/api/live/@connections/c1%3D',
};
const hostile = (options: Partial<HostileOptions> = {}) =>
  new Hostility({ seed: 's', ...options }, new Connections());

describe('a fault', () => {
  it.each<[FaultName, Partial<AwsCall>, number | undefined, boolean, boolean]>([
    ['database-throttled', {}, 400, false, false],
    ['database-failed', {}, 500, false, false],
    ['database-unreachable', {}, undefined, false, false],
    ['database-failed-after-effect', {}, 500, true, false],
    ['database-silent-after-effect', {}, undefined, true, false],
    ['database-late', {}, 200, true, false],
    ['killed-before-database', {}, undefined, false, true],
    ['killed-after-database', {}, undefined, true, true],
    ['socket-gone', post, 410, false, false],
    ['socket-throttled', post, 429, false, false],
    ['socket-failed', post, 500, false, false],
    ['socket-failed-after-effect', post, 500, true, false],
    ['socket-silent-after-effect', post, undefined, true, false],
    ['socket-late', post, 200, true, false],
    ['killed-before-socket', post, undefined, false, true],
    ['killed-after-socket', post, undefined, true, true],
    ['service-failed', { service: 'secretsmanager' }, 500, false, false],
    ['service-silent-after-effect', { service: 'lambda' }, undefined, true, false],
    ['service-late', { service: 'lambda' }, 200, true, false],
  ])('%s does what its name says', async (fault, given, status, tookEffect, killed) => {
    const hostility = hostile({ rates: only(fault) });
    const outcome = await call(hostility, given);
    expect({ ...outcome, answer: outcome.answer?.status }).toEqual({ answer: status, tookEffect, killed });
    expect(hostility.strikes.map((strike) => strike.fault)).toEqual([fault]);
  });

  it('never is an untrue 410 to a DELETE', async () => {
    const outcome = await call(hostile({ rates: only('socket-gone') }), {
      ...post,
      operation: 'DeleteConnection',
    });
    expect(outcome.answer).toBe(fine);
  });

  it('spares the developer', async () => {
    const hostility = hostile({ rates: only('database-failed') });
    expect((await call(hostility, { functionName: '' })).answer).toBe(fine);
    expect(hostility.strikes).toEqual([]);
  });

  it('does not strike at rate 0', async () => {
    const hostility = hostile({ rates: only() });
    for (let n = 0; n < 200; n += 1) expect((await call(hostility)).answer).toBe(fine);
    expect(hostility.strikes).toEqual([]);
  });
});

describe('a seed', () => {
  const requests = Array.from({ length: 400 }, (_, n) => ({
    event: JSON.stringify({
      requestContext: { http: {}, requestId: Math.random() },
      body: `request ${n}`,
    }),
  }));
  const strikesOf = async (seed: string, order: typeof requests) => {
    const hostility = hostile({ seed });
    for (const request of order) await call(hostility, request);
    return hostility.strikes.map(({ fault, at }) => `${fault} ${at}`).sort();
  };

  it('draws the same for the same requests, in whatever order they come', async () => {
    const strikes = await strikesOf('s', requests);
    expect(strikes.length).toBeGreaterThan(10);
    expect(await strikesOf('s', requests.toReversed())).toEqual(strikes);
  });

  it('draws otherwise than another seed', async () => {
    expect(await strikesOf('s', requests)).not.toEqual(await strikesOf('t', requests));
  });

  it('draws anew for each repeat of a request and for each call within it', async () => {
    const hostility = hostile({ rates: only('database-failed') });
    await call(hostility);
    await call(hostility);
    await call(hostility, { environmentId: 'environment-2', operation: 'GetItem' });
    expect(new Set(hostility.strikes.map(({ at }) => at)).size).toBe(3);
  });
});

describe('an open question', () => {
  const names = Object.keys(USUAL_READINGS) as (keyof Readings)[];

  it.each(names)('%s is answered either way, by the seed', (name) => {
    const answers = Array.from({ length: 40 }, (_, seed) => hostile({ seed: String(seed) }).readings[name]);
    expect(new Set(answers)).toEqual(new Set([true, false]));
    expect(hostile({ seed: '7' }).readings).toEqual(hostile({ seed: '7' }).readings);
  });

  it('is answered as the test asks', () => {
    for (const answer of [true, false])
      expect(hostile({ readings: { overtakingPosts: answer } }).readings.overtakingPosts).toBe(answer);
  });
});

describe('an event that nobody waits for', () => {
  const deliveriesOf = (kind: 'asynchronous' | 'disconnect' | 'message') => {
    const { deliveries } = hostile();
    return Array.from({ length: 500 }, (_, n) => deliveries(kind, { n }));
  };

  it.each(['asynchronous', 'disconnect'] as const)(
    '%s: is lost, comes late or twice, and mostly as it should',
    (kind) => {
      const all = deliveriesOf(kind);
      expect(all.filter((delays) => delays.length === 0)).not.toEqual([]);
      expect(all.filter((delays) => delays.length === 2)).not.toEqual([]);
      expect(all.filter(([delay = 0]) => delay > 0)).not.toEqual([]);
      expect(all.filter(([delay]) => delay === 0).length).toBeGreaterThan(250);
    },
  );

  it('a message comes once, after a time of its own', () => {
    const all = deliveriesOf('message');
    expect(all.every((delays) => delays.length === 1)).toBe(true);
    expect(new Set(all.map(([delay]) => delay)).size).toBeGreaterThan(400);
  });
});

describe('docs/hostile.md', () => {
  const page = readFileSync(new URL('../../../../docs/hostile.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| ([\d.]+) % /gm)].map(([, name, share]) => [
    name,
    Number(share),
  ]);

  it('has every fault with its share', () => {
    const catalogue = { ...DATABASE_FAULTS, ...SOCKET_FAULTS, ...OTHER_FAULTS };
    expect(rows).toEqual(Object.entries(catalogue).map(([name, { rate }]) => [name, rate * 100]));
  });
});
