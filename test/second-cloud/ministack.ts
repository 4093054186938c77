/** MiniStack as a process: installed with exact versions, started with a clean environment, ended with its whole group. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pythonPrograms } from '../support/python.ts';
import { freePort } from '../support/start.ts';
import { until } from '../support/until.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Where npm put the Node that the project is pinned to. */
export const PINNED_NODE = resolve('node_modules/.bin');

export class MiniStack {
  readonly endpoint: string;
  readonly #process: ChildProcess;
  readonly #log: string;

  private constructor(process: ChildProcess, endpoint: string, log: string) {
    this.#process = process;
    this.endpoint = endpoint;
    this.#log = log;
  }

  /** `folder` takes whatever it writes. */
  static async start(folder: string): Promise<MiniStack> {
    const programs = await pythonPrograms('ministack', ['--requirement', REQUIREMENTS]);
    const port = await freePort();
    const home = join(folder, 'ministack');
    await mkdir(home, { recursive: true });
    const log = join(folder, 'ministack.log');
    const child = spawn(resolve(programs, 'ministack'), {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its whole environment reaches the functions, which run with the first `node` of its path.
      env: {
        PATH: `${PINNED_NODE}:/usr/bin:/bin`,
        HOME: home,
        TMPDIR: home,
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        // Both would listen on every address, whatever BIND_HOST says.
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
      },
    });
    const file = createWriteStream(log);
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    const started = new MiniStack(child, `http://127.0.0.1:${port}`, log);
    // Before whatever clears its folder away.
    process.prependOnceListener('exit', () => started.kill());
    await started.#ready();
    return started;
  }

  async #ready(): Promise<void> {
    try {
      await until('MiniStack answers', () => this.#answers(), 30_000);
    } catch (error) {
      this.kill();
      throw new Error(`MiniStack did not start:\n${await readFile(this.#log, 'utf8')}`, { cause: error });
    }
  }

  async #answers(): Promise<true | undefined> {
    if (this.#process.exitCode !== null) throw new Error(`it ended with ${this.#process.exitCode}`);
    const health = await fetch(`${this.endpoint}/_ministack/health`).catch(() => undefined);
    return health?.ok ? true : undefined;
  }

  /** At once, with the functions that it runs: SIGTERM frees the port and may leave workers. */
  kill(): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(-pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    const gone = exitCode === null && signalCode === null ? once(this.#process, 'exit') : undefined;
    this.kill();
    await gone;
  }
}
