/**
 * Runs callers side by side, one port call at a time, in an order drawn from a seed: the same seed, the same run. Time stands
 * still but for what is slept, so a caller that waits long for its turn is one that is slow.
 */
import { Crash, type Hooks } from './memory-world.ts';

export interface Caller {
  readonly hooks: Hooks;
  readonly sleep: (ms: number) => Promise<void>;
  isDead(): boolean;
}

export interface Moving {
  now(): number;
  advance(ms: number): void;
}

export class Interleaving {
  readonly #random: () => number;
  readonly #clock: Moving;
  /** How often somebody who sleeps wakes before those who could go on. */
  readonly #haste: number;
  readonly #ready: (() => void)[] = [];
  readonly #asleep: { readonly at: number; readonly wake: () => void }[] = [];
  readonly #failures: unknown[] = [];

  constructor(random: () => number, clock: Moving, haste: number) {
    this.#random = random;
    this.#clock = clock;
    this.#haste = haste;
  }

  /** A caller that dies at its `crashAt`th call, before or after it had its effect; undefined for one that lives. */
  caller(crashAt?: number): Caller {
    const isBefore = this.#random() < 0.5;
    let calls = 0;
    let isDead = false;
    const live = (call: string): void => {
      if (isDead) throw new Crash(call);
    };
    const dieAt = (call: string, isHere: boolean): void => {
      if (isHere && calls === crashAt) isDead = true;
      live(call);
    };
    return {
      hooks: {
        before: async (call) => {
          live(call);
          await this.#turn();
          live(call);
          calls += 1;
          dieAt(call, isBefore);
        },
        after: (call) => dieAt(call, !isBefore),
      },
      sleep: async (ms) => {
        live('sleep');
        await this.sleep(ms);
        live('sleep');
      },
      isDead: () => isDead,
    };
  }

  /** Lets up to that many others go first, or sleeps up to that long. */
  async pause(turns: number, ms: number): Promise<void> {
    if (this.#random() < 0.3) return this.sleep(this.#random() * ms);
    for (let left = this.#random() * turns; left > 0; left -= 1) await this.#turn();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((wake) => this.#asleep.push({ at: this.#clock.now() + ms, wake }));
  }

  /** Lets it run beside the others; what it throws ends the run. */
  begin(work: Promise<void>): void {
    work.catch((error: unknown) => this.#failures.push(error));
  }

  /** Until it is over, within so many calls and awakenings. */
  async run(isOver: () => boolean, most: number): Promise<void> {
    for (let step = 0; step < most; step += 1) {
      // Whatever follows from the last call without another one.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#failures.length > 0) throw this.#failures[0];
      if (isOver()) return;
      const isHasty = this.#asleep.length > 0 && this.#random() < this.#haste;
      const next = isHasty ? undefined : this.#draw();
      if (next) next();
      else this.#wake();
    }
    throw new Error(`was not over after ${most} steps`);
  }

  #turn(): Promise<void> {
    return new Promise((go) => this.#ready.push(go));
  }

  #draw(): (() => void) | undefined {
    const [next] = this.#ready.splice(Math.floor(this.#random() * this.#ready.length), 1);
    return next;
  }

  #wake(): void {
    const at = Math.min(...this.#asleep.map((each) => each.at));
    const [next] = this.#asleep.splice(
      this.#asleep.findIndex((each) => each.at === at),
      1,
    );
    if (!next) throw new Error('nobody is left who could go on');
    this.#clock.advance(Math.max(0, at - this.#clock.now()));
    next.wake();
  }
}
