/**
 * What a page of an allowed origin may send and read (CORS), at the HTTP API and at the function URL alike. Without an allowed
 * origin there is no CORS configuration at all, and browsers keep every other origin's page away.
 *
 * Platform rule: the gateway and the function URL answer preflights and add the headers themselves; a function that adds its
 * own would double them at a function URL.
 */
import { Duration } from 'aws-cdk-lib';
import type { Settings } from '../settings.ts';

export interface CrossOrigin {
  readonly origins: string[];
  /** What a client may send beyond what any page may. */
  readonly headers: string[];
  /** What a page may read of an answer beyond what any page may. */
  readonly exposed: string[];
  /** How long a browser may remember the answer to a preflight. */
  readonly maxAge: Duration;
}

export function crossOrigin({ allowedOrigins }: Settings): CrossOrigin | undefined {
  if (allowedOrigins.length === 0) return undefined;
  return {
    origins: [...allowedOrigins],
    headers: [
      'authorization',
      // What stands in for EventSource where it can send no header asks past caches with this.
      'cache-control',
      'content-type',
      'idempotency-key',
      'last-event-id',
      'webhook-id',
      'x-relay-token',
    ],
    exposed: ['retry-after'],
    maxAge: Duration.hours(1),
  };
}
