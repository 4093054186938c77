/**
 * The public keys of whoever issues tokens, from where they are published (JSON Web Key Set, RFC 7517). Kept for ten
 * minutes; a token that names an unknown key asks again, at most every 30 seconds, so that a new key works soon after it
 * is published. After a failure nobody asks for five seconds: anybody can make up tokens of unknown keys, and each would
 * hold a function until the place answers, or does not.
 */
import { createRemoteJWKSet, customFetch, errors } from 'jose';
import type { KeySet } from '../auth/jwt.ts';
import { RelayError } from '../core/errors.ts';

const KEEP_MS = 600_000;
const ASK_AGAIN_MS = 30_000;
/** A `$connect` has ten seconds for everything. */
const TIMEOUT_MS = 3_000;
const RETRY_AFTER_S = 5;

/**
 * `now`: epoch milliseconds. `report` takes why the keys could not be had, once for each time that they were asked for; whoever
 * waits for them is told no more than that.
 */
export function openKeySet(url: string, now: () => number, report: (error: Error) => void): KeySet {
  let failedAt = Number.NEGATIVE_INFINITY;
  const hasJustFailed = () => now() < failedAt + RETRY_AFTER_S * 1_000;
  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEEP_MS,
    cooldownDuration: ASK_AGAIN_MS,
    timeoutDuration: TIMEOUT_MS,
    // Asked only where the keys that are kept do not serve, so tokens of these go on being read meanwhile.
    [customFetch]: async (address, options) => {
      if (hasJustFailed()) throw new Error('the keys have just been asked for, in vain');
      return fetch(address, options);
    },
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      // These two say something of the token; whatever else there is, of the place where the keys should be.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      // All who waited for the same answer come here.
      if (!hasJustFailed()) {
        failedAt = now();
        report(error instanceof Error ? error : new Error(String(error)));
      }
      throw new RelayError('unavailable', 'The keys of tokens cannot be had at the moment.', [], {
        'retry-after': String(RETRY_AFTER_S),
      });
    }
  };
}
