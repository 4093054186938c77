/** Bridges that freeze, die, are slow and whose answers are lost, in hundreds of orders: never two of them hold the lease at one time. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import { Leadership, LOOK_MS, RENEW_MS } from '../../../../shared/arena/leadership.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { Interleaving } from '../../../support/interleaving.ts';
import { memoryLeases, type Noted, nothingNoted } from '../../../support/memory-leases.ts';
import { Crash, type Hooks } from '../../../support/memory-world.ts';

const RUNS = 600;
const STEPS = 3_000;
const HOUR = 3_600_000;

interface Bridge {
  readonly leadership: Leadership;
  isDead(): boolean;
}

class Model {
  readonly noted: Noted = nothingNoted();
  readonly clock = new FakeClock();
  readonly bridges: Bridge[] = [];
  /** Who held it, once for each time at work. */
  readonly holders: string[] = [];
  readonly #random: () => number;
  readonly #interleaving: Interleaving;

  constructor(seed: number) {
    this.#random = seeded(seed);
    this.#interleaving = new Interleaving(this.#random, this.clock, this.#random() * 0.7);
    for (let n = 0; n < 2 + (seed % 2); n += 1) this.#start();
  }

  /** Looks after each step. */
  async run(): Promise<void> {
    const isOver = () => {
      const held = this.bridges.filter(({ leadership, isDead }) => !isDead() && leadership.isHeld);
      expect(held.length).toBeLessThan(2);
      return this.holders.length >= 6;
    };
    await this.#interleaving.run(isOver, STEPS);
  }

  #start(): void {
    const name = `bridge-${this.bridges.length}`;
    const caller = this.#interleaving.caller(
      this.#random() < 0.5 ? 1 + Math.floor(this.#random() * 30) : undefined,
    );
    const wrong = Math.round((this.#random() - 0.5) * 20 * HOUR);
    const own = { now: () => this.clock.now() + wrong, sleep: caller.sleep };
    const leadership = new Leadership(memoryLeases(this.noted, this.#faulty(caller.hooks)), own, name);
    this.bridges.push({ leadership, isDead: caller.isDead });
    this.#interleaving.begin(this.#live(name, leadership, caller.sleep));
  }

  /** A call that fails with or without its effect, beside a caller's death. */
  #faulty(hooks: Hooks): Hooks {
    const fail = () => {
      if (this.#random() < 0.2) throw new Error('it did not work out');
    };
    return {
      async before(call) {
        await hooks.before?.(call);
        fail();
      },
      after(call) {
        hooks.after?.(call);
        fail();
      },
    };
  }

  async #live(name: string, leadership: Leadership, sleep: (ms: number) => Promise<void>): Promise<void> {
    let term = 0;
    for (;;) {
      try {
        await sleep(this.#random() < 0.1 ? this.#random() * 30_000 : LOOK_MS);
        if (!(await leadership.tryToTake())) continue;
        if (leadership.term !== term) this.holders.push(name);
        term = leadership.term;
        while (await leadership.renew({ provenAt: this.clock.now() })) {
          if (this.#random() < 0.05) await leadership.release({});
          await sleep(this.#random() < 0.1 ? this.#random() * 20_000 : RENEW_MS);
        }
      } catch (error) {
        if (!(error instanceof Crash)) continue;
        // Another one is started in its place.
        this.#start();
        return;
      }
    }
  }
}

describe('bridges that fail', () => {
  it(`never hold the lease two at a time, and it goes on to be taken (${RUNS} runs)`, async () => {
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const model = new Model(seed);
      try {
        await model.run();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      expect(model.holders.length).toBeGreaterThanOrEqual(6);
    }
  });
});
