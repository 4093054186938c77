/**
 * The Lambda service: it knows the functions by name and by ARN and invokes them, waiting for the result or not. The rules of
 * asynchronous invocation (retries, age, the smaller payload) are kept here for all who use them.
 */

import type { Clock } from '../clock.ts';
import type { Deliveries } from '../deliveries.ts';
import { type FunctionSpec, isPermitted } from '../stack/functions.ts';
import { Environment, type TakePiece } from './environment.ts';
import { FunctionError } from './function-error.ts';
import { MAX_SYNC_BYTES, RETRY_DELAYS_MS } from './limits.ts';
import { Pool } from './pool.ts';

export interface InvocationSeen {
  functionName: string;
  event: unknown;
}

/** Wraps every invocation; what it returns is taken for the function's result. */
export type OnInvoke = (invocation: InvocationSeen, proceed: () => Promise<unknown>) => Promise<unknown>;

export interface FunctionsOptions {
  endpoint: string;
  clock: Clock;
  log: (line: string) => void;
  onInvoke: OnInvoke | undefined;
  deliveries: Deliveries;
}

export class Functions {
  readonly #options: FunctionsOptions;
  readonly #pools = new Map<string, Pool>();
  readonly #environments = new Map<string, Environment>();
  #isClosed = false;

  constructor(specs: FunctionSpec[], options: FunctionsOptions) {
    this.#options = options;
    for (const spec of specs) {
      const pool = new Pool(
        spec,
        (_, events) => {
          const environment = new Environment(spec, options.endpoint, events, options.log);
          this.#environments.set(environment.credentials.accessKeyId, environment);
          return environment;
        },
        ({ credentials }) => this.#environments.delete(credentials.accessKeyId),
      );
      for (const key of [spec.name, spec.physicalName, spec.arn]) this.#pools.set(key, pool);
    }
  }

  /** By construct name, physical name or ARN. */
  find(name: string): FunctionSpec | undefined {
    return this.#pools.get(name)?.spec;
  }

  /** Whose access key it is; an environment that has ended has none. */
  environmentOf(accessKeyId: string): Environment | undefined {
    return this.#environments.get(accessKeyId);
  }

  /** Invokes and waits. Rejects with a FunctionError when the function fails. What it streams is gathered into one text. */
  async invoke(name: string, event: unknown): Promise<unknown> {
    const pieces: Uint8Array[] = [];
    const result = await this.stream(name, event, async (bytes) => void pieces.push(bytes));
    return pieces.length > 0 ? Buffer.concat(pieces).toString() : result;
  }

  /** Invokes and hands over what the function streams, piece by piece. The result of one that does not stream. */
  async stream(name: string, event: unknown, take: TakePiece): Promise<unknown> {
    const pool = this.#pools.get(name);
    if (!pool) throw new Error(`there is no function ${name}`);
    const proceed = async () => {
      const text = JSON.stringify(event) ?? 'null';
      if (Buffer.byteLength(text) > MAX_SYNC_BYTES) {
        const errorMessage = `Request must be smaller than ${MAX_SYNC_BYTES} bytes for the InvokeFunction operation`;
        throw new FunctionError({ errorType: 'RequestTooLargeException', errorMessage });
      }
      const payload = await pool.invoke(text, take);
      const result: unknown = payload === undefined ? undefined : JSON.parse(payload);
      return result;
    };
    const { onInvoke } = this.#options;
    try {
      return await (onInvoke ? onInvoke({ functionName: pool.spec.name, event }, proceed) : proceed());
    } catch (error) {
      this.#report(pool.spec, error);
      throw error;
    }
  }

  /** As another service: refused, as on AWS, unless the function's resource policy lets that service in. */
  invokeAs(principal: string, sourceArn: string, name: string, event: unknown): Promise<unknown> {
    const spec = this.find(name);
    if (spec && isPermitted(spec, principal, sourceArn)) return this.invoke(name, event);
    const message = `${principal} may not invoke ${spec?.name ?? name}: no AWS::Lambda::Permission allows ${sourceArn}`;
    this.#options.log(JSON.stringify({ level: 'ERROR', message }));
    return Promise.reject(new Error(message));
  }

  /**
   * Invokes and does not wait: a failure is retried up to the configured number of times, as long as the event is young enough.
   * The promise ends with the last attempt and never rejects; nobody on AWS could wait for it.
   */
  async invokeLater(name: string, event: unknown): Promise<void> {
    const { clock, deliveries } = this.#options;
    await Promise.all(
      deliveries('asynchronous', event).map(async (delay) => {
        if (delay > 0) await new Promise<void>((due) => clock.after(delay, due));
        await this.#invokeUntilDone(name, event);
      }),
    );
  }

  async #invokeUntilDone(name: string, event: unknown): Promise<void> {
    const { clock } = this.#options;
    const spec = this.find(name);
    const acceptedAt = clock.now();
    for (let attempt = 0; !this.#isClosed; attempt += 1) {
      const failed = await this.invoke(name, event).then(
        () => false,
        () => true,
      );
      const delay = RETRY_DELAYS_MS[attempt];
      if (!failed || !spec || delay === undefined || attempt >= spec.retries) return;
      if (clock.now() + delay - acceptedAt > spec.maximumEventAgeMs) return;
      await new Promise<void>((retry) => clock.after(delay, retry));
    }
  }

  /** Starts one environment of each function, so that the first request need not wait for it. */
  async warm(): Promise<void> {
    await Promise.all([...new Set(this.#pools.values())].map((pool) => pool.warm()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...new Set(this.#pools.values())].map((pool) => pool.close()));
  }

  #report(spec: FunctionSpec, error: unknown): void {
    if (this.#isClosed) return;
    const details = error instanceof FunctionError ? error.report : { errorMessage: String(error) };
    this.#options.log(
      JSON.stringify({ level: 'ERROR', message: 'Invoke Error', function: spec.name, ...details }),
    );
  }
}
