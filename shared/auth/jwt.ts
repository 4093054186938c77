/**
 * JSON Web Tokens (RFC 7519): whose signature one carries, and what it says where that is good.
 *
 * Each source of keys has algorithms of its own, so that a public key never serves as a shared secret and `none` is nobody's
 * (RFC 8725, 3.1 and 3.2). A time that is given is kept to the second, without tolerance.
 */
import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** Finds the public key that a token names; throws where it cannot look. */
export type KeySet = JWTVerifyGetKey;

/** Who made a token's signature: the holder of a shared secret, or of the private half of a published key. */
export type Signer = 'secret' | 'key-set';

/** Whom a token must be for, and from; where it is left out, that is not looked at. */
export interface Expected {
  readonly audience?: string | undefined;
  readonly issuer?: string | undefined;
}

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
export async function payloadBySecrets(
  token: string,
  secrets: readonly string[],
  now: number,
  expected: Expected = {},
): Promise<JWTPayload | undefined> {
  for (const secret of secrets) {
    const key = new TextEncoder().encode(secret);
    const found = await payloadOf(token, 'secret', async () => key, now, expected);
    if (found) return found;
  }
  return undefined;
}

/** Throws what the key set throws. */
export async function payloadByKeySet(
  token: string,
  keys: KeySet,
  now: number,
  expected: Expected = {},
): Promise<JWTPayload | undefined> {
  try {
    return await payloadOf(token, 'key-set', keys, now, expected);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // A token need not name its key; then any of those that fit may have signed it.
    for await (const key of error) {
      const found = await payloadOf(token, 'key-set', async () => key, now, expected);
      if (found) return found;
    }
    return undefined;
  }
}

/** When a token ends, epoch milliseconds; undefined where it never does, `wrong` for a time that none can be. */
export function endOf({ exp }: JWTPayload): number | undefined | 'wrong' {
  if (exp === undefined) return undefined;
  const until = Math.floor(exp * 1_000);
  return Number.isSafeInteger(until) ? until : 'wrong';
}

async function payloadOf(
  token: string,
  signer: Signer,
  keys: KeySet,
  now: number,
  { audience, issuer }: Expected,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [...ALGORITHMS[signer]],
      currentDate: new Date(now),
      clockTolerance: 0,
      ...(audience !== undefined && { audience }),
      ...(issuer !== undefined && { issuer }),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys || !(error instanceof errors.JOSEError)) throw error;
    return undefined;
  }
}

/** What a token says of its signature's kind; undefined for what is no token. */
export function algorithmOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).alg;
  } catch (error) {
    // What is no token at all.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
