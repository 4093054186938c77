/**
 * The environments of one function. An invocation goes to an idle environment, the most recently used first (as on AWS, which
 * lets the others run cold and be collected); else a further one is started, up to the limit, the first few at once and the
 * others when the queue stands still; else it waits, first come, first served. A starting environment belongs to nobody:
 * whichever is free first takes the oldest invocation.
 *
 * Streams do not wait: each holds its environment for a minute. Once there are as many environments as a laptop gives, the
 * streams share them. Beyond a function's reserved concurrency nothing waits either: it is refused, as on AWS.
 */

import type { FunctionSpec } from '../stack/functions.ts';
import type { Environment, EnvironmentEvents, Invocation, TakePiece } from './environment.ts';
import { type FunctionError, ThrottledError } from './function-error.ts';
import { EAGER_ENVIRONMENTS, MAX_ENVIRONMENTS, STANDSTILL_MS } from './limits.ts';

export type StartEnvironment = (spec: FunctionSpec, events: EnvironmentEvents) => Environment;

export class Pool {
  readonly spec: FunctionSpec;
  readonly #start: StartEnvironment;
  readonly #ended: (environment: Environment) => void;
  readonly #all = new Set<Environment>();
  readonly #starting = new Set<Environment>();
  readonly #idle: Environment[] = [];
  readonly #waiting: Invocation[] = [];
  readonly #warmed: (() => void)[] = [];
  #patience: NodeJS.Timeout | undefined;
  #concurrency = 0;
  #isClosed = false;

  constructor(spec: FunctionSpec, start: StartEnvironment, ended: (environment: Environment) => void) {
    this.spec = spec;
    this.#start = start;
    this.#ended = ended;
  }

  /** The result's JSON text; undefined when the answer went to `take`, piece by piece. */
  async invoke(event: string, take: TakePiece): Promise<string | undefined> {
    const { reservedConcurrency = Number.POSITIVE_INFINITY } = this.spec;
    if (this.#concurrency >= reservedConcurrency) throw new ThrottledError();
    this.#concurrency += 1;
    try {
      return await new Promise<string | undefined>((succeed, fail) => {
        this.#waiting.push({ event, succeed, fail, take });
        this.#assign();
      });
    } finally {
      this.#concurrency -= 1;
    }
  }

  /** Starts a first environment and resolves when its bundle is loaded, or could not be. */
  warm(): Promise<void> {
    if (this.#all.size > 0) return Promise.resolve();
    return new Promise((done) => {
      this.#warmed.push(done);
      this.#grow();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#all].map((environment) => environment.kill()));
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const environment = this.#idle.pop() ?? this.#leastLoaded();
      if (!environment) break;
      const invocation = this.#waiting.shift();
      if (invocation) environment.run(invocation);
    }
    while (this.#isShortOf(EAGER_ENVIRONMENTS)) this.#grow();
    if (this.#isShortOf(MAX_ENVIRONMENTS)) this.#growIfStuck();
  }

  /** The environment that a further stream shares; none as long as there may be one more of them. */
  #leastLoaded(): Environment | undefined {
    if (!this.spec.isStreaming || this.#all.size < MAX_ENVIRONMENTS || this.#starting.size > 0)
      return undefined;
    return [...this.#all].reduce((least, other) => (other.load < least.load ? other : least));
  }

  /** Whether invocations wait that no starting environment is going to take, and the limit leaves room for one. */
  #isShortOf(limit: number): boolean {
    return this.#waiting.length > this.#starting.size && this.#all.size < limit && !this.#isClosed;
  }

  /** Looks in a while whether anything has moved; if not, what runs is waiting for something, and a core is free. */
  #growIfStuck(): void {
    const [first] = this.#waiting;
    this.#patience ??= setTimeout(() => {
      this.#patience = undefined;
      const isStuck = this.#waiting[0] === first && this.#starting.size === 0;
      while (isStuck && this.#isShortOf(MAX_ENVIRONMENTS)) this.#grow();
      this.#assign();
    }, STANDSTILL_MS).unref();
  }

  #grow(): void {
    const environment = this.#start(this.spec, {
      idle: (ready) => this.#becameIdle(ready),
      ended: (gone, cause) => this.#hasEnded(gone, cause),
    });
    this.#all.add(environment);
    this.#starting.add(environment);
  }

  #becameIdle(environment: Environment): void {
    this.#starting.delete(environment);
    this.#idle.push(environment);
    for (const done of this.#warmed.splice(0)) done();
    this.#assign();
  }

  #hasEnded(environment: Environment, cause: FunctionError): void {
    this.#all.delete(environment);
    const position = this.#idle.indexOf(environment);
    if (position >= 0) this.#idle.splice(position, 1);
    this.#ended(environment);
    for (const done of this.#warmed.splice(0)) done();
    // One that ends while it starts (a bundle that throws when loaded) takes an invocation with it; else it would start for ever.
    const failedAtInit = this.#starting.delete(environment);
    if (this.#isClosed) for (const invocation of this.#waiting.splice(0)) invocation.fail(cause);
    else if (failedAtInit) this.#waiting.shift()?.fail(cause);
    this.#assign();
  }
}
