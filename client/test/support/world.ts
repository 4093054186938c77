/** Time and chance for tests: a clock that moves when told, and numbers that come again with the same seed. */

import type { Clock } from '../../src/options.ts';

export class VirtualClock implements Clock {
  #now = 0;
  #count = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    this.#count += 1;
    const id = this.#count;
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), run });
    return () => void this.#timers.delete(id);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` pass, with all that becomes due and all promises that follow from it. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (;;) {
      const [due] = [...this.#timers].sort(([a, x], [b, y]) => x.at - y.at || a - b);
      if (!due || due[1].at > end) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].run();
      await settled();
    }
    this.#now = end;
  }
}

/** All promises that can go on have gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** mulberry32: small, and good enough to draw faults. */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
