import { createHmac } from 'node:crypto';
import { createLocalJWKSet, exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { covers, verifyByKeySet, verifyBySecrets } from '../../../../shared/auth/client-token.ts';
import { type KeySet, signerOf } from '../../../../shared/auth/jwt.ts';
import { SigningKey, signBySecret, unsigned } from '../../../support/client-tokens.ts';

const NOW = 1_700_000_000_000;
const AT = NOW / 1_000;
const SECRET = 'the-application-and-the-relay-know-it';
const channels = ['tenant:t1'];

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed over exactly these parts. */
function signed(header: unknown, payload: string): string {
  const text = `${part(header)}.${payload}`;
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
}

describe('the names of a token cover a channel', () => {
  it.each<[string[], string, boolean]>([
    [['tenant:t1'], 'tenant:t1', true],
    [['tenant:t1'], 'tenant:t10', false],
    [['tenant:t1'], 'tenant:t', false],
    [['tenant:t1'], 'tenant:T1', false],
    [['tenant:t1'], 'user:t1', false],
    [['tenant:t2', 'tenant:t1'], 'tenant:t1', true],
    [['tenant:*'], 'tenant:t1', true],
    [['tenant:*'], 'tenant:', true],
    [['tenant:*'], 'user:t1', false],
    [['tenant:acme-*'], 'tenant:acme-7', true],
    [['tenant:acme-*'], 'tenant:acme', false],
    [['*'], 'tenant:t1', true],
    [['tenant:*1'], 'tenant:t1', false],
    [['tenant:*1'], 'tenant:*1', true],
    [['*:t1'], 'tenant:t1', false],
    [['tenant:**'], 'tenant:t1', false],
    [['tenant:**'], 'tenant:*1', true],
    [['tenant:t.'], 'tenant:t1', false],
    [[''], 'tenant:t1', false],
    [[], 'tenant:t1', false],
  ])('%j, %s: %s', (names, channel, isCovered) => {
    expect(covers(names, channel)).toBe(isCovered);
  });
});

describe('who signed a token', () => {
  it.each([
    ['HS256', 'secret'],
    ['RS256', 'key-set'],
    ['ES256', 'key-set'],
    ['EdDSA', 'key-set'],
    ['HS384', undefined],
    ['HS512', undefined],
    ['PS256', undefined],
    ['ES384', undefined],
    ['none', undefined],
    ['hs256', undefined],
    ['RSA-OAEP', undefined],
    [7, undefined],
    [['HS256'], undefined],
  ])('%j: %s', (alg, signer) => {
    expect(signerOf(`${part({ alg })}.e30.AA`)).toBe(signer);
  });

  it.each(['', 'desktop-token', 'a.b.c', '..', 'e30.e30.', `${part('HS256')}.e30.AA`, '\u0000.\uffff.x'])(
    'of %j is nobody',
    (text) => {
      expect(signerOf(text)).toBeUndefined();
    },
  );
});

describe('a token of the shared secret', () => {
  const read = (token: string, secrets = [SECRET]) => verifyBySecrets(token, secrets, NOW);

  it('says which channels it opens, and until when', async () => {
    expect(await read(await signBySecret(SECRET, { channels }))).toEqual({ channels });
    expect(await read(await signBySecret(SECRET, { channels, exp: AT + 60 }))).toEqual({
      channels,
      until: NOW + 60_000,
    });
  });

  it('is good under any secret that is valid at the moment', async () => {
    const token = await signBySecret('old', { channels });
    expect(await read(token, ['new', 'old'])).toEqual({ channels });
    expect(await read(token, ['new'])).toBeUndefined();
    expect(await read(token, [])).toBeUndefined();
  });

  it.each([
    ['that expires this second', { exp: AT }, false],
    ['that expires the next', { exp: AT + 1 }, true],
    ['that has expired', { exp: AT - 1 }, false],
    ['that begins to hold this second', { nbf: AT }, true],
    ['that begins to hold the next', { nbf: AT + 1 }, false],
    ['made in the future, which nobody asks', { iat: AT + 60 }, true],
    ['for anybody', { aud: 'other', iss: 'other', sub: 'u1' }, true],
  ])('%s: %j, %s', async (_, claims, isGood) => {
    expect((await read(await signBySecret(SECRET, { channels, ...claims }))) !== undefined).toBe(isGood);
  });

  it.each([
    ['no channels', {}],
    ['a text for its channels', { channels: 'tenant:t1' }],
    ['channels that are not all texts', { channels: ['tenant:t1', 7] }],
    ['an object for its channels', { channels: { 0: 'tenant:t1', length: 1 } }],
    ['null for its channels', { channels: null }],
    ['an end that is a text', { channels, exp: String(AT + 60) }],
    ['an end that is null', { channels, exp: null }],
    ['an end beyond all time', { channels, exp: 1e300 }],
    ['a beginning that is a text', { channels, nbf: '0' }],
  ])('with %s is none', async (_, claims) => {
    expect(await read(signed({ alg: 'HS256' }, part(claims)))).toBeUndefined();
  });

  it.each([
    ['with another algorithm of the same secret', () => signBySecret(SECRET, { channels }, 'HS512')],
    ['that nobody signed', () => unsigned({ channels })],
    [
      'without its signature',
      async () => (await signBySecret(SECRET, { channels })).replace(/\.[^.]+$/, '.'),
    ],
    ['with a fourth part', async () => `${await signBySecret(SECRET, { channels })}.x`],
    [
      'whose header asks for what nobody knows',
      () => signed({ alg: 'HS256', crit: ['x'], x: 1 }, part({ channels })),
    ],
    ['whose claims are no JSON', () => signed({ alg: 'HS256' }, 'AAAA')],
    ['whose claims are a list', () => signed({ alg: 'HS256' }, part([channels]))],
    [
      'whose claims were exchanged',
      async () =>
        (await signBySecret(SECRET, { channels })).replace(/\.[^.]+\./, `.${part({ channels: ['*'] })}.`),
    ],
  ])('%s is none', async (_, make) => {
    expect(await read(await make())).toBeUndefined();
  });
});

describe('a token of a published key', () => {
  let keys: Record<'RS256' | 'ES256' | 'EdDSA' | 'PS256', SigningKey>;
  let keySet: KeySet;
  const read = (token: string, set = keySet) => verifyByKeySet(token, set, NOW);

  beforeAll(async () => {
    const make = (alg: 'RS256' | 'ES256' | 'EdDSA' | 'PS256') => SigningKey.make(alg, `key-${alg}`);
    const [RS256, ES256, EdDSA, PS256] = await Promise.all([
      make('RS256'),
      make('ES256'),
      make('EdDSA'),
      make('PS256'),
    ]);
    keys = { RS256, ES256, EdDSA, PS256 };
    keySet = createLocalJWKSet({ keys: Object.values(keys).map(({ published }) => published) });
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)('of %s is good, named or not', async (alg) => {
    const good = { channels, until: NOW + 60_000 };
    expect(await read(await keys[alg].sign({ channels, exp: AT + 60 }))).toEqual(good);
    expect(await read(await keys[alg].sign({ channels, exp: AT + 60 }, false))).toEqual(good);
  });

  it('that has expired or does not hold yet is none', async () => {
    expect(await read(await keys.ES256.sign({ channels, exp: AT }))).toBeUndefined();
    expect(await read(await keys.ES256.sign({ channels, nbf: AT + 1 }))).toBeUndefined();
  });

  it('of an algorithm that is not pinned is none', async () => {
    expect(await read(await keys.PS256.sign({ channels }))).toBeUndefined();
  });

  it('of a key that is not published is none, by whatever name it goes', async () => {
    const [own, unnamed] = [await SigningKey.make('ES256', 'key-ES256'), await SigningKey.make('ES256', 'x')];
    expect(await read(await own.sign({ channels }))).toBeUndefined();
    expect(await read(await unnamed.sign({ channels }))).toBeUndefined();
  });

  it('that does not name its key is tried with each that fits', async () => {
    const [one, other] = [await SigningKey.make('RS256', 'one'), await SigningKey.make('RS256', 'other')];
    const both = createLocalJWKSet({ keys: [one.published, other.published] });
    expect(await read(await one.sign({ channels }, false), both)).toEqual({ channels });
    expect(await read(await other.sign({ channels }, false), both)).toEqual({ channels });
    const third = await SigningKey.make('RS256', 'third');
    expect(await read(await third.sign({ channels }, false), both)).toBeUndefined();
  });

  it('signed with a public key as if that were a shared secret is none', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(publicKey);
    const confused = await signBySecret(pem, { channels });
    expect(signerOf(confused)).toBe('secret');
    expect(await verifyBySecrets(confused, [SECRET], NOW)).toBeUndefined();
    expect(await read(confused)).toBeUndefined();
  });

  it('is none where the published key is for a shared secret', async () => {
    const oct = { kty: 'oct', k: Buffer.from(SECRET).toString('base64url'), kid: 'o', alg: 'HS256' };
    const token = await new SignJWT({ channels })
      .setProtectedHeader({ alg: 'HS256', kid: 'o' })
      .sign(await importJWK(oct));
    expect(await read(token, createLocalJWKSet({ keys: [oct] }))).toBeUndefined();
  });

  it('is not judged where the keys cannot be had', async () => {
    const token = await keys.ES256.sign({ channels });
    const closed: KeySet = () => Promise.reject(new Error('no keys today'));
    await expect(read(token, closed)).rejects.toThrow('no keys today');
  });
});
