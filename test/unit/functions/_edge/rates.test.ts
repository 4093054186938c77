import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openAddressLimit, openTokenRates } from '../../../../functions/_edge/rates.ts';
import { env, type RateSettings, type SurfaceName } from '../../../../shared/config.ts';
import { MemoryBucket } from '../../../support/memory-bucket.ts';
import { type LocalTable, openLocalTable } from '../../shared/adapters/dynamodb/local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());
afterEach(() => vi.unstubAllEnvs());

/** Far too slow to let another pass before a test has ended. */
const two = { perSecond: 0.001, burst: 2 };

function setRates(given: Partial<RateSettings['address']>): void {
  const none = {
    'live-events': null,
    'hook-backend': null,
    'mesh-jobs': null,
    'peer-relay': null,
    arena: null,
  };
  const address = { ...none, ...given };
  vi.stubEnv(env.rates, JSON.stringify({ token: two, address } satisfies RateSettings));
}

/** The limit of a surface as a new environment has it. */
function limitOf(surface: SurfaceName, given: Partial<RateSettings['address']>) {
  setRates(given);
  return openAddressLimit(local.table, surface);
}

const tooMany = {
  code: 'too-many',
  message: 'More requests than the relay takes of this address.',
  headers: { 'retry-after': expect.stringMatching(/^[1-9]\d*$/) },
};

describe('the limit of an address', () => {
  it('is its burst; what is beyond is a 429 that says when to come back', async () => {
    const limit = limitOf('hook-backend', { 'hook-backend': two });
    await limit('192.0.2.1');
    await limit('192.0.2.1');
    await expect(limit('192.0.2.1')).rejects.toMatchObject(tooMany);
    await limit('192.0.2.2');
  });

  it('is the same in every environment', async () => {
    const [one, other] = [1, 2].map(() => limitOf('hook-backend', { 'hook-backend': two }));
    await one?.('192.0.2.3');
    await other?.('192.0.2.3');
    await expect(one?.('192.0.2.3')).rejects.toMatchObject(tooMany);
    await expect(other?.('192.0.2.3')).rejects.toMatchObject(tooMany);
  });

  it('is one for a /64 of IPv6', async () => {
    const limit = limitOf('hook-backend', { 'hook-backend': two });
    await limit('2001:db8::1');
    await limit('2001:DB8:0:0:ffff::2');
    await expect(limit('2001:db8::3')).rejects.toMatchObject(tooMany);
    await limit('2001:db8:0:1::1');
  });

  it('of one surface does not count on another', async () => {
    const address = { 'hook-backend': two, 'live-events': two };
    const [hook, live] = [limitOf('hook-backend', address), limitOf('live-events', address)];
    await hook('192.0.2.4');
    await hook('192.0.2.4');
    await expect(hook('192.0.2.4')).rejects.toMatchObject(tooMany);
    await live('192.0.2.4');
  });

  it('is none where its surface has no rate, and then nothing is written', async () => {
    const before = await local.items();
    const limit = limitOf('live-events', { 'hook-backend': two });
    for (let n = 0; n < 10; n += 1) await limit('192.0.2.5');
    expect(await local.items()).toEqual(before);
  });

  it('fails where nobody has set the rates', () => {
    vi.stubEnv(env.rates, '');
    expect(() => openAddressLimit(local.table, 'hook-backend')).toThrow(`missing environment: ${env.rates}`);
    expect(() => openTokenRates()).toThrow(`missing environment: ${env.rates}`);
  });
});

describe('the rate of a token', () => {
  it('is the one that the deployer set', async () => {
    setRates({});
    const [rates, bucket] = [openTokenRates(), new MemoryBucket('it')];
    const kinds: string[] = [];
    for (let n = 0; n < 3; n += 1) kinds.push((await rates.hit('k', bucket)).kind);
    expect(kinds).toEqual(['passed', 'passed', 'refused']);
  });
});
