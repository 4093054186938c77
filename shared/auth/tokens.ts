/** Users' tokens: what is kept of them, and what it takes to be let in by one. */
import { RelayError } from '../core/errors.ts';
import type { Revocable } from '../core/ports.ts';
import { type OpaqueToken, parseToken, type TokenKind } from './opaque-token.ts';
import type { Bucket, Rates } from './rate.ts';

export interface TokenRecord {
  readonly id: string;
  readonly user: string;
  readonly kind: Exclude<TokenKind, 'ticket'>;
  readonly scopes: readonly string[];
  /** Epoch seconds. */
  readonly createdAt: number;
  /** Epoch seconds. */
  readonly exp: number;
}

export interface ListedToken extends TokenRecord {
  /** A revoked token is remembered for an hour, so that a second revocation finds it. */
  readonly state: 'active' | 'revoked' | 'expired';
}

export interface Tokens extends Revocable {
  put(token: TokenRecord, hash: string): Promise<void>;
  /** The rate of a token that opens something: known by its secret, neither expired nor revoked. */
  bucketOf(token: OpaqueToken): Bucket<TokenRecord>;
  /** A token whatever its state; `hash`: of its secret. */
  get(id: string): Promise<{ record: TokenRecord; hash: string; isActive: boolean } | undefined>;
  /** A user's tokens of one kind that are on record, strongly consistent; of those that have not expired at most `most`. */
  list(user: string, kind: TokenRecord['kind'], most: number): Promise<readonly ListedToken[]>;
  /** Forgets a token that has expired. */
  delete(id: string): Promise<void>;
}

/** Lets a token in, which is a hit on its rate; throws the 401, 403 or 429 of one that is not let in. */
export async function admit(
  tokens: Tokens,
  rates: Rates,
  shown: string | undefined,
  kinds: readonly TokenKind[],
): Promise<TokenRecord> {
  if (shown === undefined) throw unauthorized('is missing');
  const token = parseToken(shown);
  if (!token || token.kind === 'ticket') throw unauthorized('is wrong');
  const hit = await rates.hit(`${token.id} ${token.hash}`, tokens.bucketOf(token));
  if (hit.kind === 'no-bucket') throw unauthorized('is wrong, has expired or was revoked');
  if (hit.kind === 'refused') throw tooMany('this token', hit.retryAfterSeconds);
  if (!kinds.includes(hit.outcome.kind)) {
    const message = `is a ${hit.outcome.kind} token; a ${kinds.join(' or ')} token is taken here`;
    throw new RelayError('forbidden', `The bearer token ${message}.`, [
      { field: 'header Authorization', message },
    ]);
  }
  return hit.outcome;
}

export function unauthorized(message: string): RelayError {
  return new RelayError('unauthorized', `The bearer token ${message}.`, [
    { field: 'header Authorization', message },
  ]);
}

/** `whose` ends the sentence "More requests than the relay takes of …". */
export function tooMany(whose: string, retryAfterSeconds: number): RelayError {
  return new RelayError('too-many', `More requests than the relay takes of ${whose}.`, [], {
    'retry-after': String(retryAfterSeconds),
  });
}
