/**
 * Rate limits by token and by address (contract row H6): exact under concurrent requests, felt by nobody else, and said with when
 * to come back. How fast a machine is does not matter: each flood goes on until it is refused, and is measured by its own length.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Flood, type FloodRequest, requestFrom } from '../support/flood.ts';
import {
  bearer,
  expectRefused,
  hookEvent,
  issueToken,
  newUser,
  postEvent,
  RT,
  redacted,
  SSE,
} from '../support/hook-client.ts';
import { can, needs } from '../support/needs.ts';
import { SocketClient } from '../support/socket-client.ts';
import { until } from '../support/until.ts';
import type { Answer } from '../support/webhook.ts';

const TOKEN = { perSecond: 100, burst: 200 };
const ADDRESS = { perSecond: 200, burst: 400 };

needs('client-addresses', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(() => cloud?.close());

  const json = { 'content-type': 'application/json' };

  /** A post that is cheap for the relay: its credentials are judged first, and then its body is none. */
  const emptyPost = (token: string): FloodRequest => ({
    url: `${cloud.httpUrl}/api/webhook/cli`,
    method: 'POST',
    headers: { ...json, ...bearer(token) },
    body: '{}',
  });

  const post = (token: string): FloodRequest => ({
    ...emptyPost(token),
    body: JSON.stringify(hookEvent()),
  });

  /** Refused for its credentials, so that no token's limit is touched. */
  const nobody = (headers: Record<string, string> = {}): FloodRequest => ({
    url: `${cloud.httpUrl}/api/token`,
    method: 'POST',
    headers: { ...json, ...headers },
  });

  const me = (session: string): FloodRequest => ({
    url: `${cloud.httpUrl}/api/me`,
    method: 'GET',
    headers: bearer(session),
  });

  async function newToken(ttl_seconds = 600): Promise<{ token: string; session: string }> {
    const user = await newUser(cloud);
    return { session: user.session, token: (await issueToken(cloud, user, { ttl_seconds })).token };
  }

  /** Never more than the bucket held and got meanwhile; and no less than it held. */
  function expectWithin(limit: typeof TOKEN, flood: Flood, seconds: number): void {
    if (!cloud.retryPolicy) expect(flood.failed.map(({ status }) => status)).toEqual([]);
    expect(flood.passed.length).toBeLessThanOrEqual(limit.burst + limit.perSecond * seconds);
    // A call whose answer is lost is made again, and counted again.
    if (can('sure-calls')) expect(flood.passed.length).toBeGreaterThanOrEqual(limit.burst);
  }

  /** Says when to come back, in the one error shape. */
  function expectComeBack(answer: Answer): number {
    expectRefused(answer, 429);
    const seconds = answer.headers.get('retry-after') ?? '';
    expect(seconds).toMatch(/^[1-9]\d*$/);
    return Number(seconds);
  }

  /** What a bystander hears; a hostile platform may fail, but nobody is refused for somebody else. */
  async function expectUnaffected(address: string, about: FloodRequest): Promise<void> {
    await until('an answer', async () => {
      const { status, text } = await requestFrom(address, about);
      expect(status, redacted(text)).not.toBe(429);
      if (status >= 500 && cloud.retryPolicy) return undefined;
      expect(status, redacted(text)).toBe(200);
      return true;
    });
  }

  describe('a token', () => {
    test('posts no more than its rate allows, and nobody else feels it', async () => {
      const [flooding, other] = [await newToken(), await newToken()];
      const flood = new Flood('127.0.0.2', () => emptyPost(flooding.token));
      await flood.refusing();
      // The same address has room left for others, unless the machine is fast enough to fill that too: so from elsewhere.
      await expectUnaffected('127.0.0.3', post(other.token));
      await expectUnaffected('127.0.0.3', me(flooding.session));
      const seconds = await flood.stop();
      expectWithin(TOKEN, flood, seconds);
      const waits = flood.refused.map(expectComeBack);
      await sleep(Math.max(...waits) * 1_000);
      await expectUnaffected('127.0.0.2', post(flooding.token));
    }, 120_000);

    test('is limited from all its addresses together', async () => {
      const { token } = await newToken();
      const floods = ['127.0.0.4', '127.0.0.5'].map((from) => new Flood(from, () => emptyPost(token)));
      const begun = Date.now();
      await Promise.all(floods.map((flood) => flood.refusing()));
      await Promise.all(floods.map((flood) => flood.stop()));
      const passed = floods.reduce((sum, flood) => sum + flood.passed.length, 0);
      // Begun before the first was made, within the same millisecond or so: a second is more than that.
      const seconds = (Date.now() - begun) / 1_000 + 1;
      expect(passed).toBeLessThanOrEqual(TOKEN.burst + TOKEN.perSecond * seconds);
    }, 120_000);

    test('that is over its rate opens no socket and no stream', async () => {
      const { token } = await newToken();
      const flood = new Flood('127.0.0.6', () => emptyPost(token));
      try {
        await flood.refusing();
        expect(await handshakeRefusal('127.0.0.6', token)).toBe(429);
        if (can('streaming')) {
          const stream = { url: cloud.streamUrl(SSE), method: 'GET', headers: bearer(token) };
          const refused = await until('a refused stream', async () => {
            const answer = await requestFrom('127.0.0.6', stream);
            return answer.status === 429 ? answer : undefined;
          });
          expectComeBack(refused);
        }
      } finally {
        await flood.stop();
      }
    }, 120_000);
  });

  describe('an address', () => {
    test('asks no more than its rate allows, whatever it says of where it comes from, and no other address feels it', async () => {
      const { session, token } = await newToken();
      const elsewhere = (n: number) => ({ 'x-forwarded-for': `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` });
      const flood = new Flood('127.0.0.7', (n) => nobody(elsewhere(n)));
      await flood.refusing();
      await expectUnaffected('127.0.0.8', me(session));
      await expectUnaffected('127.0.0.8', post(token));
      // Nor can it make another address pay.
      await expectUnaffected('127.0.0.8', {
        ...post(token),
        headers: { ...post(token).headers, 'x-forwarded-for': '127.0.0.7' },
      });
      const refusal = await until('a refused handshake', () => handshakeRefusal('127.0.0.7', session));
      expect(refusal).toBe(429);
      const seconds = await flood.stop();
      expectWithin(ADDRESS, flood, seconds);
      const waits = flood.refused.map(expectComeBack);
      await sleep(Math.max(...waits) * 1_000);
      await expectUnaffected('127.0.0.7', me(session));
    }, 120_000);

    test('is not charged for the routes of other surfaces', async () => {
      const flood = new Flood('127.0.0.9', () => nobody());
      try {
        await flood.refusing();
        const answer = await requestFrom('127.0.0.9', {
          url: `${cloud.httpUrl}/webhook/modal`,
          method: 'POST',
          headers: { ...json, 'x-relay-token': 'wrong' },
          body: '{}',
        });
        expect(answer.status).toBe(401);
      } finally {
        await flood.stop();
      }
    }, 120_000);
  });

  test('who stays below the limits is never refused', async () => {
    const { token } = await newToken();
    for (let n = 0; n < 100; n += 1) await postEvent(cloud, token, { payload: { n } });
  });

  /** The first refusal of a handshake that is not the platform's own; while the bucket fills, one may open in between. */
  function handshakeRefusal(localAddress: string, token: string): Promise<number> {
    return until(
      'a handshake that is refused',
      async () => {
        const socket = new SocketClient(cloud.socketUrl(RT), { ...bearer(token) }, { localAddress });
        const refused = await socket.refused().catch(() => undefined);
        if (refused === undefined) await socket.close();
        return refused && refused.status < 500 ? refused.status : undefined;
      },
      30_000,
    );
  }
});
