/**
 * The public keys of whoever issues client tokens, from where they are published (JSON Web Key Set, RFC 7517). Kept for ten
 * minutes; a token that names an unknown key asks again, at most every 30 seconds, so that a new key works soon after it
 * is published.
 */
import { createRemoteJWKSet, errors } from 'jose';
import type { KeySet } from '../auth/client-token.ts';
import { RelayError } from '../core/errors.ts';

const KEEP_MS = 600_000;
const ASK_AGAIN_MS = 30_000;
/** A `$connect` has ten seconds for everything. */
const TIMEOUT_MS = 3_000;
const RETRY_AFTER_S = 5;

/** `report` takes why the keys could not be had; whoever waits for them is told no more than that. */
export function openKeySet(url: string, report: (error: Error) => void): KeySet {
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEEP_MS,
    cooldownDuration: ASK_AGAIN_MS,
    timeoutDuration: TIMEOUT_MS,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // These two say something of the token; whatever else there is, of the place where the keys should be.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      report(error instanceof Error ? error : new Error(String(error)));
      throw new RelayError('unavailable', 'The keys of client tokens cannot be had at the moment.', [], {
        'retry-after': String(RETRY_AFTER_S),
      });
    }
  };
}
