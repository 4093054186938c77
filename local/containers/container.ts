/**
 * One container of a service: a process of its own with the environment that the template gives it and a key of its own. It runs
 * until it ends by itself, is stopped (SIGTERM first) or is killed.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Caller } from '../aws/caller.ts';
import { localize, makeAwsVariables, newCredentials } from '../aws/variables.ts';
import { newRequestId } from '../ids.ts';
import { forEachLine } from '../lambda/lines.ts';
import type { ServiceSpec } from '../stack/services.ts';

/** A twin ends within two seconds, so a container gets less; on AWS it has as long as its task definition says. */
const STOP_MS = 1_200;

const TETHER = fileURLToPath(new URL('./tether.cjs', import.meta.url));
const COMPILE_CACHE = join(tmpdir(), `relay-compile-cache-${process.getuid?.() ?? 0}`);

export interface ContainerOptions {
  /** The file that it runs. */
  file: string;
  endpoint: string;
  log: (line: string) => void;
  /** How it ended: an exit code or a signal, and whether it was told to. */
  ended(how: { cause: number | string; isOrdered: boolean }): void;
}

export class Container implements Caller {
  readonly kind = 'service';
  readonly id = newRequestId();
  readonly credentials = newCredentials();
  readonly event = '';
  readonly spec: ServiceSpec;
  readonly #process: ChildProcess;
  readonly #closed: Promise<void>;
  #isOrdered = false;

  constructor(spec: ServiceSpec, { file, endpoint, log, ended }: ContainerOptions) {
    this.spec = spec;
    const child = spawn(process.execPath, ['--require', TETHER, file], {
      cwd: dirname(file),
      env: {
        AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE',
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...localize(spec.environment, endpoint),
        ...makeAwsVariables(endpoint, this.credentials, dirname(file)),
      },
      stdio: 'pipe',
      // A group of its own: Ctrl-C is the twin's to hear, which then stops it in order.
      detached: true,
    });
    this.#process = child;
    forEachLine(child.stdout, log);
    forEachLine(child.stderr, log);
    const exited = (cause: number | string) => ended({ cause, isOrdered: this.#isOrdered });
    child.on('error', (error) => {
      // One that could not be started; no exit follows.
      if (child.pid === undefined) exited(error.message);
    });
    child.on('exit', (code, signal) => exited(code ?? signal ?? 'unknown'));
    this.#closed = new Promise((closed) => child.on('close', () => closed()));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** As the platform ends one that does not matter to it any more. */
  kill(): void {
    this.#isOrdered = true;
    this.#process.kill('SIGKILL');
  }

  /** Resolves when it has ended and all that it wrote is in the log. */
  async stop(): Promise<void> {
    this.#isOrdered = true;
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => {
      this.#process.kill('SIGKILL');
      // A process that it has left behind may hold them open.
      this.#process.stdout?.destroy();
      this.#process.stderr?.destroy();
    }, STOP_MS);
    await this.#closed;
    clearTimeout(late);
  }
}
