/**
 * Tokens of peers: JSON Web Tokens that the signaling server gives to both ends of a session. Their claim `session_id` names the one
 * session that they open; without it, they open any.
 */
import type { JWTPayload } from 'jose';
import { type Expected, endOf, type KeySet, payloadByKeySet, payloadBySecrets } from './jwt.ts';

export interface PeerToken {
  /** The only session that it opens; undefined where it opens any. */
  readonly session?: string;
  /** When it expires, epoch milliseconds. */
  readonly until?: number;
}

/** `secrets`: every value that is valid at the moment. `now`: epoch milliseconds. Undefined where none of them opens it. */
export async function peerTokenBySecrets(
  token: string,
  secrets: readonly string[],
  now: number,
  expected: Expected = {},
): Promise<PeerToken | undefined> {
  return readClaims(await payloadBySecrets(token, secrets, now, expected));
}

/** Throws what the key set throws. */
export async function peerTokenByKeySet(
  token: string,
  keys: KeySet,
  now: number,
  expected: Expected = {},
): Promise<PeerToken | undefined> {
  return readClaims(await payloadByKeySet(token, keys, now, expected));
}

/** A claim that is there and no text would open nothing; it must not be taken for one that is not there. */
function readClaims(payload: JWTPayload | undefined): PeerToken | undefined {
  if (!payload) return undefined;
  const { session_id: session } = payload;
  if (session !== undefined && typeof session !== 'string') return undefined;
  const until = endOf(payload);
  if (until === 'wrong') return undefined;
  return { ...(session !== undefined && { session }), ...(until !== undefined && { until }) };
}
