import { createLocalJWKSet, exportSPKI, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { peerTokenByKeySet, peerTokenBySecrets } from '../../../../shared/auth/peer-token.ts';
import { SigningKey, signBySecret, unsigned } from '../../../support/client-tokens.ts';

const NOW = 1_700_000_000_000;
const AT = NOW / 1_000;
const SECRET = 'the-signaling-server-and-the-relay-know-it';
const session_id = 'test-session-123';

const read = (token: string, expected = {}) => peerTokenBySecrets(token, [SECRET], NOW, expected);

describe('a token of the shared secret', () => {
  it('says which session it opens, and until when', async () => {
    expect(await read(await signBySecret(SECRET, { session_id, exp: AT + 60 }))).toEqual({
      session: session_id,
      until: NOW + 60_000,
    });
  });

  it('that names no session opens any', async () => {
    expect(await read(await signBySecret(SECRET, { sub: 'u1' }))).toEqual({});
  });

  it.each([
    ['a number', 7],
    ['null', null],
    ['a list', [session_id]],
  ])('whose session is %s is none, and opens not any', async (_, value) => {
    expect(await read(await signBySecret(SECRET, { session_id: value }))).toBeUndefined();
  });

  it.each([
    ['expired', { exp: AT }],
    ['of the future', { nbf: AT + 1 }],
    ['with an end beyond all time', { exp: 1e300 }],
  ])('%s is none', async (_, claims) => {
    expect(await read(await signBySecret(SECRET, { session_id, ...claims }))).toBeUndefined();
  });

  it.each([
    ['that nobody signed', () => unsigned({ session_id })],
    ['of another secret', () => signBySecret('another', { session_id })],
    ['of another algorithm', () => signBySecret(SECRET, { session_id }, 'HS512')],
    ['that is none', () => 'your-jwt-token-here'],
  ])('%s opens nothing', async (_, make) => {
    expect(await read(await make())).toBeUndefined();
  });

  it('is asked whom it is for and from where that is expected, and only then', async () => {
    const token = await signBySecret(SECRET, { session_id, aud: 'relay', iss: 'signaling' });
    expect(await read(token)).toEqual({ session: session_id });
    expect(await read(token, { audience: 'relay', issuer: 'signaling' })).toEqual({ session: session_id });
    expect(await read(token, { audience: 'other' })).toBeUndefined();
    expect(await read(token, { issuer: 'other' })).toBeUndefined();
    const bare = await signBySecret(SECRET, { session_id });
    expect(await read(bare, { audience: 'relay' })).toBeUndefined();
    expect(await read(bare, { issuer: 'signaling' })).toBeUndefined();
  });
});

describe('a token of a published key', () => {
  it.each(['RS256', 'ES256', 'EdDSA'] as const)('of %s says which session it opens', async (alg) => {
    const key = await SigningKey.make(alg, 'k');
    const keys = createLocalJWKSet({ keys: [key.published] });
    const token = await key.sign({ session_id, aud: 'relay' });
    expect(await peerTokenByKeySet(token, keys, NOW, { audience: 'relay' })).toEqual({ session: session_id });
    expect(await peerTokenByKeySet(token, keys, NOW, { audience: 'other' })).toBeUndefined();
    expect(await peerTokenByKeySet(await key.sign({ session_id, exp: AT }), keys, NOW)).toBeUndefined();
  });

  it('signed with the public key as if that were a shared secret is none', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const confused = await signBySecret(await exportSPKI(publicKey), { session_id });
    expect(await read(confused)).toBeUndefined();
    const keys = createLocalJWKSet({ keys: [(await SigningKey.make('RS256', 'k')).published] });
    expect(await peerTokenByKeySet(confused, keys, NOW)).toBeUndefined();
  });
});
