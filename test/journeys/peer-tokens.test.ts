/** Tokens of peers: what they open, what is refused and in which order, what a deployer may ask of them (contract rows P1, A6, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsFromNow, signBySecret, unsigned } from '../support/client-tokens.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { can, needs } from '../support/needs.ts';
import { refusedPeer } from '../support/peer-client.ts';
import { greet, playPeers, withPair } from '../support/peer-pair.ts';
import { newSession, peerToken, relayPath } from '../support/peer-tokens.ts';
import { expectNoInternals } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ textFrames: true });
});
afterAll(() => cloud?.close());

/** Nobody is let in; the status is looked at where the cloud passes it on. */
async function expectRefused(path: string, status: number, at: Cloud = cloud): Promise<void> {
  const refusal = await refusedPeer(at, path);
  if (can('refusal-status')) expect(refusal.status, refusal.body).toBe(status);
  expectNoInternals(refusal.body);
}

describe('a token', () => {
  test('that names its session opens it, at both ends', async () => {
    await playPeers(cloud, async (scene) => {
      const session = newSession();
      const token = await peerToken(cloud, { session_id: session });
      await greet(await scene.pair({ session, token }));
    });
  });

  test('that names no session opens any', async () => {
    const token = await peerToken(cloud);
    for (let n = 0; n < 2; n += 1) await withPair(cloud, greet, { token });
  });

  test('without an end opens its session too', async () => {
    await withPair(cloud, greet, { token: await peerToken(cloud, { exp: undefined }) });
  });

  test('that has begun to hold, with claims that nobody asks for, opens its session', async () => {
    const claims = {
      nbf: secondsFromNow(-60),
      iat: secondsFromNow(-60),
      aud: 'x',
      iss: 'y',
      sub: 'z',
      jti: 'j',
    };
    await withPair(cloud, greet, { token: await peerToken(cloud, claims) });
  });

  test.each<[string, () => Promise<string> | string | undefined]>([
    ['none', () => undefined],
    ['an empty one', () => ''],
    ['garbage', () => 'garbage'],
    ['garbage in three parts', () => 'e30.e30.e30'],
    ['one that has expired', () => peerToken(cloud, { exp: secondsFromNow(-1) })],
    ['one that does not hold yet', () => peerToken(cloud, { nbf: secondsFromNow(3_600) })],
    ['one of another secret', () => peerToken({ peerSecret: `${cloud.peerSecret}!` })],
    ['one of an empty secret', () => peerToken({ peerSecret: '\0' })],
    ['one that nobody signed', () => unsigned({ exp: secondsFromNow(3_600) })],
    ['one without its signature', async () => (await peerToken(cloud)).replace(/[^.]+$/, '')],
    ['one whose claims were changed', async () => altered(await peerToken(cloud))],
    ['one of another algorithm', () => signBySecret(cloud.peerSecret, {}, 'HS384')],
    ['one of another algorithm still', () => signBySecret(cloud.peerSecret, {}, 'HS512')],
    ['one whose end is no number', () => peerToken(cloud, { exp: 'tomorrow' })],
    ['the secret itself', () => cloud.peerSecret],
  ])('that is none opens nothing, with 401: %s', async (_, make) => {
    await expectRefused(relayPath(newSession(), await make()), 401);
  });

  test.each<[string, (session: string) => string]>([
    ['another session', () => newSession()],
    ['one that only begins like it', (session) => session.slice(0, -1)],
    ['one that goes on behind it', (session) => `${session}x`],
    ['it in other letters', (session) => session.toUpperCase()],
    ['all sessions, which nobody can name', () => '*'],
    ['none, by an empty name', () => ''],
  ])('for another session than it is shown for is refused with 403: %s', async (_, named) => {
    const session = newSession();
    const token = await peerToken(cloud, { session_id: named(session) });
    await expectRefused(relayPath(session, token), 403);
  });

  test.each<[string, (session: string) => unknown]>([
    ['a number', () => 7],
    ['a list', (session) => [session]],
    ['null', () => null],
  ])('whose session is no text is not one that opens any: %s', async (_, named) => {
    const session = newSession('7');
    const token = await peerToken(cloud, { session_id: named(session) });
    const { status } = await refusedPeer(cloud, relayPath(session, token));
    expect([401, 403]).toContain(status);
  });
});

describe('a session’s id', () => {
  const good = ['a', 'A', '0', '9-_', 'x'.repeat(64)];
  test.each(good)('may be %s', async (form) => {
    // Of one letter there are not many: others may be using it.
    await playPeers(cloud, async (scene) => {
      const peer = await scene.open(form.length === 64 ? newSession(form).slice(-64) : form);
      expect(peer.closing).toBeUndefined();
      await peer.close();
    });
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a slash', '/'],
    ['two segments', 'a/b'],
    ['a slash at its end', 'a/'],
    ['a slash that is encoded', 'a%2Fb'],
    ['65 characters', 'x'.repeat(65)],
    ['a hyphen in front', '-a'],
    ['an underscore in front', '_a'],
    ['a dot', 'a.b'],
    ['a space', 'a%20b'],
    ['a line end', 'a%0A'],
    ['a letter beyond ASCII', '%C3%A4'],
    ['an encoding that is none', 'a%'],
  ])('may not be %s: 400, whatever the token', async (_, session) => {
    await expectRefused(relayPath(session, await peerToken(cloud)), 400);
    await expectRefused(relayPath(session), 400);
    await expectRefused(relayPath(session, 'garbage'), 400);
  });
});

describe('of several reasons the first is told:', () => {
  test('a token given twice is 400, be they good or bad', async () => {
    const token = await peerToken(cloud);
    const path = relayPath(newSession(), token);
    await expectRefused(`${path}&token=${token}`, 400);
    await expectRefused(`${path}&token=garbage`, 400);
  });

  needs('refusal-status', () => {
    test('a bad token is 401, and another session’s 403, also where there is no room', async () => {
      await withPair(cloud, async (pair) => {
        await expectRefused(relayPath(pair.session, 'garbage'), 401);
        await expectRefused(relayPath(pair.session, await peerToken(cloud, { session_id: 'another' })), 403);
        await expectRefused(relayPath(pair.session, await peerToken(cloud)), 409);
        await greet(pair);
      });
    });

    test('an expired token of another session is 401', async () => {
      const claims = { session_id: 'another', exp: secondsFromNow(-1) };
      await expectRefused(relayPath(newSession(), await peerToken(cloud, claims)), 401);
    });
  });
});

needs('settings', () => {
  /** A relay with these settings for tokens. */
  async function withSettings(settings: object, act: (strict: Cloud) => Promise<void>): Promise<void> {
    const strict = await startCloud({
      textFrames: true,
      context: { 'relay:peerTokens': JSON.stringify(settings) },
    });
    try {
      await act(strict);
    } finally {
      await strict.close();
    }
  }

  test('where an audience and an issuer are configured, a token has to name both', async () => {
    await withSettings({ audience: 'peers', issuer: 'signaling' }, async (strict) => {
      const claims = { aud: 'peers', iss: 'signaling' };
      for (const good of [claims, { ...claims, aud: ['others', 'peers'] }])
        await withPair(strict, greet, { token: await peerToken(strict, good) });
      for (const bad of [
        {},
        { aud: 'peers' },
        { iss: 'signaling' },
        { ...claims, aud: 'others' },
        { ...claims, aud: ['others'] },
        { ...claims, iss: 'another' },
      ])
        await expectRefused(relayPath(newSession(), await peerToken(strict, bad)), 401, strict);
    });
  });

  test('where tokens have to name their session, and each peer has to have its own, others are refused with 403', async () => {
    await withSettings({ requireSession: true, distinctTokens: true }, async (strict) => {
      await expectRefused(relayPath(newSession(), await peerToken(strict)), 403, strict);
      await playPeers(strict, async (scene) => {
        const session = newSession();
        const [token, other] = [
          await peerToken(strict, { session_id: session, sub: 'one' }),
          await peerToken(strict, { session_id: session, sub: 'other' }),
        ];
        const client = await scene.open(session, token);
        await expectRefused(relayPath(session, token), 403, strict);
        const server = await scene.open(session, other);
        await greet(scene.complete({ session, client, server }));
      });
    });
  });

  test('every secret that is valid at the moment makes good tokens', async () => {
    const [OLD, NEW] = ['the-peers-secret-that-still-holds', 'the-peers-secret-that-is-rolled-out'];
    const SECRET_KEY = JSON.stringify([NEW, OLD]);
    const rotating = await startCloud({ textFrames: true, environment: { SECRET_KEY } });
    try {
      for (const peerSecret of [OLD, NEW])
        await withPair(rotating, greet, { token: await peerToken({ peerSecret }) });
      const path = relayPath(newSession(), await peerToken({ peerSecret: SECRET_KEY }));
      await expectRefused(path, 401, rotating);
    } finally {
      await rotating.close();
    }
  });
});

/** With a later end than the one that was signed. */
function altered(token: string): string {
  const [header, , signature] = token.split('.');
  const claims = Buffer.from(JSON.stringify({ exp: secondsFromNow(7_200) })).toString('base64url');
  return [header, claims, signature].join('.');
}
