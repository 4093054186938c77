/** The numbers that the machine goes by, milliseconds where nothing else is said. The README's table explains them. */

export interface Policy {
  /** How long an event ahead of its turn is held before the relay is asked for what is missing. */
  readonly reorderMs: number;
  /** How many such events are held at the most. */
  readonly reorderEvents: number;
  /** Quiet for this long, the client asks whether anybody is there. The platform cuts a quiet socket after 10 minutes. */
  readonly idleMs: number;
  /** A request without an answer for this long ends the connection. */
  readonly answerMs: number;
  /** Longest time from opening a connection to its being open; the token callback has three times as long. */
  readonly openMs: number;
  /** The n-th attempt in a row waits a random share of `backoffMs * 2^n`, at most `backoffMaxMs`. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A connection that lasted this long was a good one: the next attempt is a first attempt again. */
  readonly steadyMs: number;
  /** How many handshakes in a row may fail until the other transport is tried. */
  readonly fallbackAfter: number;
  /** While SSE serves: when WebSocket is tried again. Doubles with each failure up to an hour. */
  readonly websocketAgainMs: number;
}

export const DEFAULT_POLICY: Policy = {
  reorderMs: 250,
  reorderEvents: 500,
  idleMs: 60_000,
  answerMs: 10_000,
  openMs: 10_000,
  backoffMs: 1_000,
  backoffMaxMs: 30_000,
  steadyMs: 10_000,
  fallbackAfter: 3,
  websocketAgainMs: 300_000,
};

/** Doubled `times` times, at most `limit`. */
export function doubled(ms: number, times: number, limit: number): number {
  return Math.min(limit, ms * 2 ** Math.min(times, 30));
}
