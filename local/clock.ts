/**
 * The time that a connection's life is measured in. An argument rather than a global, so that a test can let the ten idle
 * minutes and the two hours of API Gateway pass at once.
 */

export interface Clock {
  now(): number;
  /** Calls `run` once after the delay, unless cancelled first. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
