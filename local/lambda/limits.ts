/**
 * Lambda's limits as far as the twin keeps them.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */

/** Request and response of a synchronous invocation. */
export const MAX_SYNC_BYTES = 6 * 1024 * 1024;

/** The event of an asynchronous invocation. */
export const MAX_ASYNC_BYTES = 1024 * 1024;

/** Waits before the first and the second retry of an asynchronous invocation. */
export const RETRY_DELAYS_MS = [60_000, 120_000];

/** AWS gives an account 1,000 environments; a laptop gives each function 16, and further invocations wait their turn. */
export const MAX_ENVIRONMENTS = 16;

/**
 * So many start as soon as they are asked for, as on AWS; the others when the queue has not moved for a while, since then
 * the running ones wait for something. While they are busy, one more only takes time from them: on two cores, a first burst
 * of 250 handshakes took twice as long over 16 cold environments as over four.
 */
export const EAGER_ENVIRONMENTS = 4;
export const STANDSTILL_MS = 200;
