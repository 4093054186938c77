/** Callers that die: hooks for a memory world, and what is asked of the world afterwards. */
import { sweep } from '../../../shared/core/sweep.ts';
import { engineOn } from '../../support/engine.ts';
import { Crash, type Hooks, type MemoryWorld } from '../../support/memory-world.ts';

/** Crashes the caller right after its n-th call took effect; no later call of it has one. */
export function crashAfter(n: number): Hooks {
  let calls = 0;
  return {
    before(call) {
      if (calls >= n) throw new Crash(call);
    },
    after(call) {
      calls += 1;
      if (calls >= n) throw new Crash(call);
    },
  };
}

/** The same hooks, which write down every call that is tried. */
export function counted(hooks: Hooks, calls: string[]): Hooks {
  return {
    ...hooks,
    before(call) {
      calls.push(call);
      return hooks.before?.(call);
    },
  };
}

/** Runs `work` as a caller that may crash: a crash is the end of the caller, any other error one of the test. */
export async function untilCrash(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/** The whole of a minute's pass, once every connection is old enough to be asked after. */
export async function sweepAll(world: MemoryWorld): Promise<void> {
  world.clock.advance(10_000);
  await sweep(engineOn(world), 0, 1);
}
