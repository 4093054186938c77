/** Public keys from where they are published: kept, asked for anew, and not to be had. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openKeySet } from '../../../../shared/adapters/key-set.ts';
import { verifyByKeySet } from '../../../../shared/auth/client-token.ts';
import { RelayError } from '../../../../shared/core/errors.ts';
import { KeyServer, SigningKey } from '../../../support/client-tokens.ts';

const channels = ['tenant:t1'];
const SECOND = 1_000;

let key: SigningKey;
let server: KeyServer;
let reported: Error[];

beforeEach(async () => {
  key = await SigningKey.make('ES256', 'first');
  server = await KeyServer.start([key.published]);
  reported = [];
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const open = (url = server.url) => openKeySet(url, Date.now, (error) => reported.push(error));
const read = async (keys: ReturnType<typeof open>, by = key) =>
  verifyByKeySet(await by.sign({ channels }), keys, Date.now());

describe('the published keys', () => {
  it('are asked for once, and again after ten minutes', async () => {
    const keys = open();
    for (let n = 0; n < 3; n += 1) expect(await read(keys)).toEqual({ channels });
    expect(server.asked).toBe(1);
    vi.advanceTimersByTime(600 * SECOND);
    expect(await read(keys)).toEqual({ channels });
    expect(server.asked).toBe(2);
  });

  it('are asked for anew for a key that is unknown, at most every 30 seconds', async () => {
    const keys = open();
    await read(keys);
    const second = await SigningKey.make('EdDSA', 'second');
    server.keys = [second.published];
    expect(await read(keys, second)).toBeUndefined();
    expect(server.asked).toBe(1);
    vi.advanceTimersByTime(30 * SECOND);
    expect(await read(keys, second)).toEqual({ channels });
    expect(await read(keys)).toBeUndefined();
    expect(server.asked).toBe(2);
  });
});

describe('where they cannot be had', () => {
  const unavailable = async (keys: ReturnType<typeof open>, by = key) => {
    const error = await read(keys, by).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(RelayError);
    expect(error).toMatchObject({ code: 'unavailable', headers: { 'retry-after': '5' } });
    expect(reported).toHaveLength(1);
  };

  it('because the place answers with an error, nobody is told that the token is wrong', async () => {
    server.failure = 500;
    await unavailable(open());
  });

  it('because it answers with something else, neither', async () => {
    server.keys = [{ kty: 'EC', kid: 'first', alg: 'ES256', crv: 'P-256' }];
    await unavailable(open());
  });

  it('because nobody answers, neither', async () => {
    const other = await KeyServer.start([]);
    const { url } = other;
    await other.close();
    await unavailable(open(url));
  });

  it('they are asked for again after five seconds, and until then nobody asks and nothing is reported', async () => {
    server.failure = 503;
    const keys = open();
    await unavailable(keys);
    server.failure = undefined;
    vi.advanceTimersByTime(5 * SECOND - 1);
    await unavailable(keys);
    expect(server.asked).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await read(keys)).toEqual({ channels });
    expect(server.asked).toBe(2);
  });

  it('all who wait for the same answer are told, and it is reported once', async () => {
    server.failure = 503;
    const keys = open();
    await Promise.all([unavailable(keys), unavailable(keys), unavailable(keys)]);
    expect(server.asked).toBe(1);
  });

  it('tokens of the keys that are kept are read all the same, whoever shows others', async () => {
    const keys = open();
    await read(keys);
    const unknown = await SigningKey.make('EdDSA', 'unknown');
    server.failure = 503;
    vi.advanceTimersByTime(30 * SECOND);
    await unavailable(keys, unknown);
    expect(await read(keys)).toEqual({ channels });
    await unavailable(keys, unknown);
    expect(server.asked).toBe(2);
  });

  it('every failure after those five seconds is reported anew', async () => {
    server.failure = 503;
    const keys = open();
    await unavailable(keys);
    vi.advanceTimersByTime(5 * SECOND);
    await expect(read(keys)).rejects.toMatchObject({ code: 'unavailable' });
    expect(reported).toHaveLength(2);
    expect(server.asked).toBe(2);
  });
});
