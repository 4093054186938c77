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
