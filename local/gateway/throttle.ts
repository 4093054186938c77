/**
 * The quotas that API Gateway gives to an account in a Region, over all of its APIs: requests (to HTTP APIs, handshakes,
 * messages and calls of @connections draw on one bucket) and new connections.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */

import type { Clock } from '../clock.ts';
import { TokenBucket } from './token-bucket.ts';

export interface AccountLimits {
  requestsPerSecond: number;
  requestBurst: number;
  connectionsPerSecond: number;
  connectionBurst: number;
  /** What may wait for one client that does not read, in bytes. */
  clientBufferBytes: number;
}

export const AWS_LIMITS: AccountLimits = {
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  connectionsPerSecond: 500,
  connectionBurst: 500,
  // AWS says that there is such a buffer and not how large it is: eight of the longest messages.
  clientBufferBytes: 1024 * 1024,
};

export class Throttle {
  readonly clientBufferBytes: number;
  readonly #requests: TokenBucket;
  readonly #connections: TokenBucket;

  constructor(limits: AccountLimits, clock: Clock) {
    const now = () => clock.now();
    this.clientBufferBytes = limits.clientBufferBytes;
    this.#requests = new TokenBucket(limits.requestsPerSecond, limits.requestBurst, now);
    this.#connections = new TokenBucket(limits.connectionsPerSecond, limits.connectionBurst, now);
  }

  admitsRequest(): boolean {
    return this.#requests.take();
  }

  /** A handshake is a request as well. */
  admitsConnection(): boolean {
    return this.#requests.take() && this.#connections.take();
  }
}
