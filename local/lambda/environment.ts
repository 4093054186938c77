/**
 * One Lambda environment: a worker thread with the bundle loaded, its own variables and its own credentials. It runs one
 * invocation at a time, unless the pool gives it more streams. A time-out, a crash or an exit ends it together with what it
 * runs and nothing else, as on AWS, where the next invocation finds a fresh environment.
 */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Caller } from '../aws/caller.ts';
import { newCredentials } from '../aws/variables.ts';
import { newRequestId, newTraceId } from '../ids.ts';
import type { FunctionSpec } from '../stack/functions.ts';
import { type ErrorReport, FunctionError } from './function-error.ts';
import { MAX_SYNC_BYTES } from './limits.ts';
import { forEachLine } from './lines.ts';
import { makeVariables } from './variables.ts';

export interface Invocation {
  event: string;
  /** The result's JSON text; undefined when the function has streamed its answer. */
  succeed(payload: string | undefined): void;
  fail(error: FunctionError): void;
  /** Takes a piece of a streamed answer. */
  take: TakePiece;
}

/** Resolves when there is room for the next piece. */
export type TakePiece = (bytes: Uint8Array, contentType: string) => Promise<void>;

/** What the pool wants to know of its environments. */
export interface EnvironmentEvents {
  /** The bundle is loaded, or all that it ran is answered. */
  idle(environment: Environment): void;
  ended(environment: Environment, cause: FunctionError): void;
}

interface Running {
  invocation: Invocation;
  deadline: NodeJS.Timeout;
}

type WorkerMessage =
  | { type: 'ready' }
  | { type: 'unusable'; error: ErrorReport }
  | { type: 'piece'; requestId: string; bytes: Uint8Array; contentType: string }
  | Ending;

type Ending = { requestId: string } & (
  | { type: 'result'; payload: string }
  | { type: 'streamed' }
  | { type: 'error'; error: ErrorReport }
);

const BOOTSTRAP = new URL('./worker.cjs', import.meta.url);
const COMPILE_CACHE = join(tmpdir(), `relay-compile-cache-${process.getuid?.() ?? 0}`);

export class Environment implements Caller {
  readonly kind = 'function';
  readonly id = newRequestId();
  readonly credentials = newCredentials();
  readonly spec: FunctionSpec;
  readonly #events: EnvironmentEvents;
  readonly #worker: Worker;
  readonly #running = new Map<string, Running>();
  #hasEnded = false;

  constructor(spec: FunctionSpec, endpoint: string, events: EnvironmentEvents, log: (line: string) => void) {
    this.spec = spec;
    this.#events = events;
    this.#worker = new Worker(BOOTSTRAP, {
      env: makeVariables(spec, endpoint, this.credentials),
      workerData: {
        codeFolder: spec.codeFolder,
        handler: spec.handler,
        compileCache: COMPILE_CACHE,
        identity: toContextIdentity(spec),
      },
      resourceLimits: { maxOldGenerationSizeMb: spec.memoryMb },
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    forEachLine(this.#worker.stdout, log);
    forEachLine(this.#worker.stderr, log);
    this.#worker.on('message', (message: WorkerMessage) => this.#receive(message));
    this.#worker.on('error', (error) => this.#end(toReport(error)));
    this.#worker.on('exit', (code) => {
      this.#end({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with status ${code}` });
    });
  }

  /** What it was given last and is still working on; empty when it does nothing. */
  get event(): string {
    return [...this.#running.values()].at(-1)?.invocation.event ?? '';
  }

  /** How many invocations it is working on. */
  get load(): number {
    return this.#running.size;
  }

  run(invocation: Invocation): void {
    const { timeoutMs } = this.spec;
    const requestId = newRequestId();
    const deadline = setTimeout(() => {
      const seconds = (timeoutMs / 1000).toFixed(2);
      this.kill({ errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds} seconds` });
    }, timeoutMs);
    this.#running.set(requestId, { invocation, deadline });
    const { event } = invocation;
    this.#worker.postMessage({ event, requestId, traceId: newTraceId(), deadline: Date.now() + timeoutMs });
  }

  /** Ends the environment at once, with whatever it is doing. */
  kill(
    cause: ErrorReport = { errorType: 'Runtime.ExitError', errorMessage: 'Runtime was killed' },
  ): Promise<number> {
    this.#end(cause);
    return this.#worker.terminate();
  }

  #receive(message: WorkerMessage): void {
    if (message.type === 'unusable') {
      void this.kill(message.error);
    } else if (this.#hasEnded) {
      return;
    } else if (message.type === 'ready') {
      this.#events.idle(this);
    } else if (message.type === 'piece') {
      const { requestId, bytes, contentType } = message;
      void this.#running
        .get(requestId)
        ?.invocation.take(bytes, contentType)
        .then(() => this.#worker.postMessage({ type: 'taken', requestId }));
    } else {
      this.#answered(message);
    }
  }

  #answered(message: Ending): void {
    const running = this.#running.get(message.requestId);
    if (!running) return;
    this.#running.delete(message.requestId);
    clearTimeout(running.deadline);
    settle(running.invocation, message);
    if (this.#running.size === 0) this.#events.idle(this);
  }

  #end(cause: ErrorReport): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const error = new FunctionError(cause);
    for (const { invocation, deadline } of this.#running.values()) {
      clearTimeout(deadline);
      invocation.fail(error);
    }
    this.#running.clear();
    this.#events.ended(this, error);
  }
}

function settle(invocation: Invocation, message: Ending): void {
  if (message.type === 'error') {
    invocation.fail(new FunctionError(message.error));
  } else if (message.type === 'streamed') {
    invocation.succeed(undefined);
  } else if (Buffer.byteLength(message.payload) > MAX_SYNC_BYTES) {
    const errorMessage = `Response payload size exceeded maximum allowed payload size (${MAX_SYNC_BYTES} bytes).`;
    invocation.fail(new FunctionError({ errorType: 'Function.ResponseSizeTooLarge', errorMessage }));
  } else {
    invocation.succeed(message.payload);
  }
}

function toContextIdentity(spec: FunctionSpec) {
  return {
    functionName: spec.physicalName,
    functionVersion: '$LATEST',
    invokedFunctionArn: spec.arn,
    memoryLimitInMB: String(spec.memoryMb),
    logGroupName: `/aws/lambda/${spec.physicalName}`,
    logStreamName: 'local',
  };
}

/** What a worker did not catch: an exception, a rejected promise, or the end of its memory. */
function toReport(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { errorType: 'Runtime.UnhandledError', errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}
