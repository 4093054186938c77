/**
 * Whether a client is still let in by what it showed. A revocation is answered only after the token is marked, so whoever
 * reads a channel's head first and asks here afterwards knows that everything up to that head was published before it.
 */
import type { Clock, Credential, Revocable } from './ports.ts';

export interface Entitling {
  readonly tokens: Revocable;
  readonly clock: Clock;
}

export async function isEntitled(relay: Entitling, credential: Credential | undefined): Promise<boolean> {
  if (hasExpired(credential, relay.clock.now())) return false;
  return credential?.token === undefined || relay.tokens.isActive(credential.token);
}

/** `now`: epoch milliseconds. */
export function hasExpired(credential: Credential | undefined, now: number): boolean {
  return credential?.until !== undefined && credential.until <= now;
}

/** Asks again where the last answer, the first of which the caller has already, is older than `ms`; else it still holds. */
export function every(clock: Clock, ms: number, ask: () => Promise<boolean>): () => Promise<boolean> {
  let askedAt = clock.now();
  return async () => {
    if (clock.now() - askedAt < ms) return true;
    askedAt = clock.now();
    return ask();
  };
}
