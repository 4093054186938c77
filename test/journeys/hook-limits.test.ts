/**
 * Rate limits by token and by address (contract row H6): exact under concurrent requests, felt by nobody else, and said with when
 * to come back. How fast a machine is does not matter: the rates are so low that each goes beyond them, each flood goes on until
 * it is refused, and it is measured by its own length.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rate } from '../../shared/config.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { Flood, type FloodRequest, requestFrom } from '../support/flood.ts';
import {
  bearer,
  expectRefused,
  hookEvent,
  issueToken,
  newUser,
  RT,
  redacted,
  SSE,
} from '../support/hook-client.ts';
import { can, needs } from '../support/needs.ts';
import { SocketClient } from '../support/socket-client.ts';
import { until } from '../support/until.ts';
import type { Answer } from '../support/webhook.ts';

/** Settings of rates so low that every machine goes beyond them. */
const LOW = { perSecond: 5, burst: 20 };
const LOW_TOKEN_RATE = { 'relay:tokenRate': JSON.stringify(LOW) };
const LOW_ADDRESS_RATE = { 'relay:addressRates': JSON.stringify({ 'hook-backend': LOW }) };
/** As they are deployed. */
const BURSTS = { token: 200, address: 400 };
const PATIENCE_MS = 30_000;
const json = { 'content-type': 'application/json' };

/** A relay of a test's own, and what is asked of it. */
class Limited {
  readonly cloud: Cloud;

  static async start(context: Readonly<Record<string, string>>): Promise<Limited> {
    return new Limited(await startCloud({ context }));
  }

  private constructor(cloud: Cloud) {
    this.cloud = cloud;
  }

  close(): Promise<void> {
    return this.cloud.close();
  }

  async newToken(): Promise<{ token: string; session: string }> {
    const user = await newUser(this.cloud);
    return { session: user.session, token: (await issueToken(this.cloud, user)).token };
  }

  post(token: string, body: unknown = hookEvent()): FloodRequest {
    const headers = { ...json, ...bearer(token) };
    return {
      url: `${this.cloud.httpUrl}/api/webhook/cli`,
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    };
  }

  /** Cheap for the relay: its credentials are judged first, and then its body is none. */
  emptyPost(token: string): FloodRequest {
    return this.post(token, {});
  }

  /** Refused for its credentials, so that no token's rate is touched. */
  nobody(headers: Record<string, string> = {}): FloodRequest {
    return { url: `${this.cloud.httpUrl}/api/token`, method: 'POST', headers: { ...json, ...headers } };
  }

  me(session: string): FloodRequest {
    return { url: `${this.cloud.httpUrl}/api/me`, method: 'GET', headers: bearer(session) };
  }

  stream(token: string): FloodRequest {
    return { url: this.cloud.streamUrl(SSE), method: 'GET', headers: bearer(token) };
  }

  /** Asks until it is refused: while the bucket fills, one may be let through in between. */
  refusal(localAddress: string, about: FloodRequest): Promise<Answer> {
    return until(
      'a refusal',
      async () => {
        const answer = await requestFrom(localAddress, about);
        return answer.status === 429 ? answer : undefined;
      },
      PATIENCE_MS,
    );
  }

  /** The status of the first handshake that is refused, failures of the platform's apart. */
  handshakeRefusal(localAddress: string, token: string): Promise<number> {
    return until(
      'a handshake that is refused',
      async () => {
        const socket = new SocketClient(this.cloud.socketUrl(RT), { ...bearer(token) }, { localAddress });
        const refused = await socket.refused().catch(() => undefined);
        if (refused === undefined) await socket.close();
        return refused && refused.status < 500 ? refused.status : undefined;
      },
      PATIENCE_MS,
    );
  }

  /** What a bystander hears. A hostile platform may fail, but nobody is refused for somebody else. */
  async expectTaken(localAddress: string, about: FloodRequest): Promise<void> {
    await until('an answer', async () => {
      const { status, text } = await requestFrom(localAddress, about);
      if (status >= 500 && this.cloud.retryPolicy) return undefined;
      expect(status, redacted(text)).toBe(200);
      return true;
    });
  }

  /** Never more than the bucket held and got meanwhile, and no less than it held. */
  expectWithin({ burst, perSecond }: Rate, floods: readonly Flood[], seconds: number): void {
    const passed = floods.reduce((sum, flood) => sum + flood.passed.length, 0);
    expect(passed).toBeLessThanOrEqual(burst + perSecond * seconds);
    // A call whose answer is lost is made again, and counted again.
    if (can('sure-calls')) {
      expect(passed).toBeGreaterThanOrEqual(burst);
      for (const flood of floods) expect(flood.failed.map(({ status }) => status)).toEqual([]);
    }
  }
}

/** Says when to come back, in the one error shape; in seconds. */
function expectComeBack(answer: Answer): number {
  expectRefused(answer, 429);
  const seconds = answer.headers.get('retry-after') ?? '';
  expect(seconds).toMatch(/^[1-9]\d*$/);
  return Number(seconds);
}

needs('own-rates', () => {
  describe('a token', () => {
    let limited: Limited;
    beforeAll(async () => {
      limited = await Limited.start(LOW_TOKEN_RATE);
    });
    afterAll(() => limited?.close());

    test('posts no more than its rate allows, and no other feels it', async () => {
      const [flooding, other] = [await limited.newToken(), await limited.newToken()];
      const flood = new Flood('127.0.0.2', () => limited.emptyPost(flooding.token));
      await flood.refusing();
      // From elsewhere, since a fast machine may fill the flood's own address too.
      await limited.expectTaken('127.0.0.3', limited.post(other.token));
      await limited.expectTaken('127.0.0.3', limited.me(flooding.session));
      limited.expectWithin(LOW, [flood], await flood.stop());
      const waits = flood.refused.map(expectComeBack);
      await sleep(Math.max(...waits) * 1_000);
      await limited.expectTaken('127.0.0.3', limited.post(flooding.token));
    }, 120_000);

    test('has one rate for all the addresses that it comes from', async () => {
      const { token } = await limited.newToken();
      const begun = Date.now();
      const floods = ['127.0.0.4', '127.0.0.5'].map(
        (from) => new Flood(from, () => limited.emptyPost(token)),
      );
      await Promise.all(floods.map((flood) => flood.refusing()));
      await Promise.all(floods.map((flood) => flood.stop()));
      limited.expectWithin(LOW, floods, (Date.now() - begun) / 1_000);
    }, 120_000);

    test('that is over its rate opens no socket and no stream', async () => {
      const { token } = await limited.newToken();
      const flood = new Flood('127.0.0.6', () => limited.emptyPost(token));
      try {
        await flood.refusing();
        expect(await limited.handshakeRefusal('127.0.0.6', token)).toBe(429);
        expectComeBack(await limited.refusal('127.0.0.6', limited.stream(token)));
      } finally {
        await flood.stop();
      }
    }, 120_000);
  });

  describe('an address', () => {
    let limited: Limited;
    beforeAll(async () => {
      limited = await Limited.start(LOW_ADDRESS_RATE);
    });
    afterAll(() => limited?.close());

    test('asks no more than its rate allows, whatever it says of where it comes from, and no other feels it', async () => {
      const { session, token } = await limited.newToken();
      const flood = new Flood('127.0.0.7', (n) =>
        limited.nobody({ 'x-forwarded-for': `10.0.${n >> 8}.${n & 255}` }),
      );
      await flood.refusing();
      await limited.expectTaken('127.0.0.8', limited.me(session));
      await limited.expectTaken('127.0.0.8', limited.post(token));
      // Nor does it pay for whoever names it.
      const { headers, ...post } = limited.post(token);
      const named = { ...post, headers: { ...headers, 'x-forwarded-for': '127.0.0.7' } };
      await limited.expectTaken('127.0.0.8', named);
      limited.expectWithin(LOW, [flood], await flood.stop());
      const waits = flood.refused.map(expectComeBack);
      await sleep(Math.max(...waits) * 1_000);
      await limited.expectTaken('127.0.0.7', limited.me(session));
    }, 120_000);

    test('that is over its rate opens no socket and no stream', async () => {
      const { session } = await limited.newToken();
      const flood = new Flood('127.0.0.9', () => limited.nobody());
      try {
        await flood.refusing();
        expect(await limited.handshakeRefusal('127.0.0.9', session)).toBe(429);
        expectComeBack(await limited.refusal('127.0.0.9', limited.stream(session)));
      } finally {
        await flood.stop();
      }
    }, 120_000);

    test('is not charged at the routes of other surfaces', async () => {
      const flood = new Flood('127.0.0.10', () => limited.nobody());
      try {
        await flood.refusing();
        const answer = await requestFrom('127.0.0.10', {
          url: `${limited.cloud.httpUrl}/webhook/modal`,
          method: 'POST',
          headers: { ...json, 'x-relay-token': 'wrong' },
          body: '{}',
        });
        expect(answer.status).not.toBe(429);
      } finally {
        await flood.stop();
      }
    }, 120_000);
  });

  describe('as deployed', () => {
    let limited: Limited;
    const agent = new Agent({ keepAlive: true, maxSockets: 50 });
    beforeAll(async () => {
      limited = await Limited.start({});
    });
    afterAll(async () => {
      agent.destroy();
      await limited?.close();
    });

    test.each<[string, string, number, (token: string) => FloodRequest]>([
      ['a token', '127.0.0.11', BURSTS.token, (token) => limited.emptyPost(token)],
      ['an address', '127.0.0.12', BURSTS.address, () => limited.nobody()],
    ])(
      '%s may ask its whole burst at once',
      async (_, from, burst, about) => {
        const { token } = await limited.newToken();
        const asking = Array.from({ length: burst }, () => requestFrom(from, about(token), agent));
        const refused = (await Promise.all(asking)).filter(({ status }) => status === 429);
        if (can('sure-calls')) expect(refused).toHaveLength(0);
      },
      120_000,
    );
  });
});
