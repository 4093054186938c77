/**
 * Calls of a port that are repeated until they succeed. A sender of webhooks repeats what failed; NATS does not, so the bridge
 * has to. Every method of the engine's ports is one call that may be repeated.
 */
import type { Clock } from '../core/ports.ts';

const WAIT_MS = { shortest: 100, longest: 5_000 };

export interface Patience {
  readonly clock: Clock;
  /** False: it is no more ours to go on. */
  readonly mayGoOn: () => boolean;
  readonly report: (error: unknown) => void;
}

/** It is no more ours to go on. */
export class Stopped extends Error {}

/** The port with patience in each of its methods that gives a promise. */
export function patiently<Port extends object>(port: Port, patience: Patience): Port {
  return new Proxy(port, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => {
        const call = (): unknown => Reflect.apply(method, target, given);
        const first = call();
        return first instanceof Promise ? untilItSucceeds(first, call, patience) : first;
      };
    },
  });
}

async function untilItSucceeds(
  first: Promise<unknown>,
  again: () => unknown,
  { clock, mayGoOn, report }: Patience,
): Promise<unknown> {
  let wait = WAIT_MS.shortest;
  for (let attempt: unknown = first; ; attempt = again()) {
    try {
      return await attempt;
    } catch (error) {
      if (!mayGoOn()) throw new Stopped('the lease is lost', { cause: error });
      report(error);
    }
    await clock.sleep(wait);
    if (!mayGoOn()) throw new Stopped('the lease is lost');
    wait = Math.min(wait * 2, WAIT_MS.longest);
  }
}
