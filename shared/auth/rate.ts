/**
 * A token bucket as one number: the time at which the bucket will be full again ("theoretical arrival time", as in the
 * generic cell rate algorithm, ITU-T I.371). Each hit moves it on by one interval, from now if it lies in the past; a hit
 * that would move it more than `burst` intervals ahead of now is refused.
 *
 * "From now or from where it stands" is a maximum, which no single DynamoDB write can take. So there are two writes, one
 * of which applies: `idle` (the time has passed: set it) and `busy` (it has not: add to it). Which one is guessed from
 * what was last seen; each is conditional, so a wrong guess changes nothing and is followed by a look. However many hit at
 * once, each hit that passes has moved the number, so never one more passes than the bucket holds.
 *
 * A hit keeps the moment at which it came for all its attempts. Then `idle` can fail it only once: whoever was quicker has
 * moved the number beyond that moment for good, and `busy` applies. With a new moment for each attempt, hits that come at
 * just the rate would go on racing each other for `idle`.
 */
import type { Rate } from '../config.ts';

/** Where a bucket is kept. Times are epoch microseconds. */
export interface Bucket<Outcome> {
  /**
   * Moves the time on: from `now` where it is not after it (`idle`), else by `interval` from where it stands, as long as that is not
   * beyond `now + slack` (`busy`). Undefined when the write did not apply.
   */
  move(
    form: Form,
    time: { now: number; interval: number; slack: number },
  ): Promise<Moved<Outcome> | undefined>;
  /** The time as it stands, strongly consistent; `no-bucket` where there is none to be had, whatever the time. */
  look(): Promise<number | undefined | 'no-bucket'>;
}

export type Form = 'idle' | 'busy';

export interface Moved<Outcome> {
  readonly time: number;
  readonly outcome: Outcome;
}

export type Hit<Outcome> =
  | { readonly kind: 'passed'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly retryAfterSeconds: number }
  | { readonly kind: 'no-bucket' };

/** How often somebody who loses a race looks again. */
const ATTEMPTS = 8;

/** Remembers where buckets stood: the newest guess, and a lower bound, since a bucket's time never goes back. */
export class Rates {
  readonly #rate: Rate;
  readonly #now: () => number;
  readonly #seen = new Map<string, number>();
  readonly #most: number;

  /** `now`: epoch milliseconds; `most`: how many buckets are remembered. */
  constructor(rate: Rate, now: () => number, most = 1_000) {
    this.#rate = rate;
    this.#now = now;
    this.#most = most;
  }

  async hit<Outcome>(key: string, bucket: Bucket<Outcome>): Promise<Hit<Outcome>> {
    const interval = Math.round(1_000_000 / this.#rate.perSecond);
    const slack = interval * (this.#rate.burst - 1);
    let now = this.#now() * 1_000;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const seen = this.#seen.get(key);
      if (seen !== undefined && seen > now + slack) {
        now = this.#now() * 1_000;
        // Known to be too full without asking: a flood costs no writes.
        if (seen > now + slack) return refused(seen - slack - now);
      }
      const form = seen !== undefined && seen > now ? 'busy' : 'idle';
      const moved = await bucket.move(form, { now, interval, slack });
      if (moved) {
        this.#remember(key, moved.time);
        return { kind: 'passed', outcome: moved.outcome };
      }
      const time = await bucket.look();
      if (time === 'no-bucket') return { kind: 'no-bucket' };
      this.#remember(key, time ?? 0);
    }
    return refused(interval);
  }

  #remember(key: string, time: number): void {
    const before = this.#seen.get(key) ?? 0;
    this.#seen.delete(key);
    this.#seen.set(key, Math.max(before, time));
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > this.#most && !oldest.done) this.#seen.delete(oldest.value);
  }
}

function refused(microseconds: number): { kind: 'refused'; retryAfterSeconds: number } {
  return { kind: 'refused', retryAfterSeconds: Math.max(1, Math.ceil(microseconds / 1_000_000)) };
}
