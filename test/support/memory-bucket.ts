/**
 * A bucket in memory, moved on under the same conditions as the DynamoDB adapter's, with what a test asks of it afterwards
 * and what it lets go wrong.
 */
import type { Bucket, Form, Moved } from '../../shared/auth/rate.ts';

export interface Weather {
  /** Waited for before each call takes effect, so that callers interleave. */
  readonly delay?: () => Promise<void>;
  /** Whether the answer of a write is lost on its way, so that the SDK writes it again. */
  readonly losesAnswer?: () => boolean;
}

export class MemoryBucket<Outcome> implements Bucket<Outcome> {
  readonly #outcome: Outcome;
  readonly #weather: Weather;
  #time: number | undefined;
  /** There is none to be had: its token was revoked, say. */
  isGone = false;
  /** How often it was written to, whether the write applied or not. */
  writes = 0;
  looks = 0;

  constructor(outcome: Outcome, weather: Weather = {}) {
    this.#outcome = outcome;
    this.#weather = weather;
  }

  async move(
    form: Form,
    time: { now: number; interval: number; slack: number },
  ): Promise<Moved<Outcome> | undefined> {
    await this.#weather.delay?.();
    this.writes += 1;
    const moved = this.#write(form, time);
    return this.#weather.losesAnswer?.() ? this.#write(form, time) : moved;
  }

  async look(): Promise<number | undefined | 'no-bucket'> {
    await this.#weather.delay?.();
    this.looks += 1;
    return this.isGone ? 'no-bucket' : this.#time;
  }

  #write(
    form: Form,
    { now, interval, slack }: { now: number; interval: number; slack: number },
  ): Moved<Outcome> | undefined {
    const stands = this.#time;
    if (this.isGone) return undefined;
    if (form === 'idle') {
      if (stands !== undefined && stands > now) return undefined;
      this.#time = now + interval;
    } else {
      if (stands === undefined || stands <= now || stands > now + slack) return undefined;
      this.#time = stands + interval;
    }
    return { time: this.#time, outcome: this.#outcome };
  }
}
