/**
 * Client tokens: JSON Web Tokens (RFC 7519) by which an application's own server lets a client have certain channels. Their
 * claim `channels` lists them, each by its name, or by how it begins with a `*` behind that.
 *
 * Each source of keys has algorithms of its own, so that a public key never serves as a shared secret and `none` is nobody's
 * (RFC 8725, 3.1 and 3.2). A time that is given is kept to the second, without tolerance.
 */
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

export interface ClientToken {
  readonly channels: readonly string[];
  /** When it expires, epoch milliseconds. */
  readonly until?: number;
}

/** Finds the public key that a token names; throws where it cannot look. */
export type KeySet = JWTVerifyGetKey;

/** Who made a token's signature: the holder of a shared secret, or of the private half of a published key. */
export type Signer = 'secret' | 'key-set';

const ALGORITHMS: Readonly<Record<Signer, readonly string[]>> = {
  secret: ['HS256'],
  'key-set': ['RS256', 'ES256', 'EdDSA'],
};

/** Whose signature a token says it carries; undefined for what is no token, or of an algorithm that nobody here uses. */
export function signerOf(token: string): Signer | undefined {
  const alg = algorithmOf(token);
  return (['secret', 'key-set'] as const).find(
    (signer) => alg !== undefined && ALGORITHMS[signer].includes(alg),
  );
}

/** `secrets`: every value that is valid at the moment. `now`: epoch milliseconds. Undefined where none of them opens it. */
export async function verifyBySecrets(
  token: string,
  secrets: readonly string[],
  now: number,
): Promise<ClientToken | undefined> {
  for (const secret of secrets) {
    const key = new TextEncoder().encode(secret);
    const found = await verify(token, 'secret', async () => key, now);
    if (found) return found;
  }
  return undefined;
}

/** Throws what the key set throws. */
export async function verifyByKeySet(
  token: string,
  keys: KeySet,
  now: number,
): Promise<ClientToken | undefined> {
  try {
    return await verify(token, 'key-set', keys, now);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token need not name its key; then any of those that fit may have signed it.
    for await (const key of error) {
      const found = await verify(token, 'key-set', async () => key, now);
      if (found) return found;
    }
    return undefined;
  }
}

/** Whether names of channels, as a token has them, cover this channel. A `*` that is not the last character is itself. */
export function covers(channels: readonly string[], channel: string): boolean {
  return channels.some((name) =>
    name.endsWith('*') ? channel.startsWith(name.slice(0, -1)) : channel === name,
  );
}

async function verify(
  token: string,
  signer: Signer,
  keys: KeySet,
  now: number,
): Promise<ClientToken | undefined> {
  try {
    const options = { algorithms: [...ALGORITHMS[signer]], currentDate: new Date(now), clockTolerance: 0 };
    const { payload } = await jwtVerify(token, keys, options);
    return readClaims(payload);
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys || !(error instanceof errors.JOSEError)) throw error;
    return undefined;
  }
}

function readClaims({ channels, exp }: JWTPayload): ClientToken | undefined {
  if (!isTextList(channels)) return undefined;
  if (exp === undefined) return { channels };
  const until = Math.floor(exp * 1_000);
  return Number.isSafeInteger(until) ? { channels, until } : undefined;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch (error) {
    // What is no token at all.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
