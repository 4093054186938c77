/** Functions that die before or after one of their calls, each invocation by a fate of its own, and what it has called until then. */
import type { AwsCall, MaybeAnswer } from '../../local/aws/call.ts';
import { until } from './until.ts';

export interface Fate {
  readonly operation: string;
  /** Of its calls of this operation, from 1. */
  readonly nth?: number;
  readonly when: 'before' | 'after';
}

export class Fates {
  /** Gives an invocation the name that its fate is known by; undefined: it is left alone. */
  readonly #nameOf: (call: AwsCall) => string | undefined;
  readonly #fates = new Map<string, Fate>();
  readonly #calls = new Map<string, string[]>();
  readonly #dead = new Set<string>();

  constructor(nameOf: (call: AwsCall) => string | undefined) {
    this.#nameOf = nameOf;
  }

  doom(name: string, fate: Fate): void {
    this.#fates.set(name, fate);
  }

  of(name: string): Fate | undefined {
    return this.#fates.get(name);
  }

  callsOf(name: string): readonly string[] {
    return this.#calls.get(name) ?? [];
  }

  died(name: string): Promise<true> {
    return until(`a function dies over ${name}`, () => this.#dead.has(name) || undefined, 30_000);
  }

  /** For the twin. A call that it dies before is never made; to one that it dies after nobody hears the answer. */
  readonly onAwsCall = async (call: AwsCall, proceed: () => Promise<MaybeAnswer>): Promise<MaybeAnswer> => {
    const name = this.#nameOf(call);
    if (name === undefined) return proceed();
    const made = [...this.callsOf(name), call.operation];
    this.#calls.set(name, made);
    const fate = this.#fates.get(name);
    const nth = made.filter((operation) => operation === call.operation).length;
    if (fate?.operation !== call.operation || (fate.nth ?? 1) !== nth) return proceed();
    if (fate.when === 'after') await proceed();
    call.kill();
    this.#dead.add(name);
    return undefined;
  };
}
