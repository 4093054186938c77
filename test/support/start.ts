/** `npm start` as a developer runs it: a child process with a process group of its own, and what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { OptionsError, readOptions } from '../../local/options.ts';
import { LogHygiene } from './log-hygiene.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Knows the secrets that `npm start` has with these variables, its defaults included. */
export function hygieneOfStart(env: Readonly<Record<string, string | undefined>>): LogHygiene {
  try {
    return new LogHygiene(readOptions({ ...env, PORT: '', HOST: '', SESSION_TIMEOUT: '' }).environment);
  } catch (error) {
    // A start that refuses its variables has no others.
    if (error instanceof OptionsError) return new LogHygiene(env);
    throw error;
  }
}

/** What functions printed: the start itself says its development defaults on purpose. */
export function functionLines(output: string): string[] {
  return output.split('\n').filter((line) => line.startsWith('{'));
}

export class Started {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly #hygiene: LogHygiene;
  #output = '';

  /** `args`: what stands behind `npm start --`. */
  constructor(environment: Record<string, string>, args: readonly string[] = []) {
    const env = { ...process.env, ...environment };
    // A test runner's own variables would tell the child that it runs under test.
    for (const name of ['NODE_OPTIONS', 'VITEST', 'NODE_ENV']) delete env[name];
    this.#hygiene = hygieneOfStart(env);
    this.#child = spawn('npm', ['start', '--', ...args], {
      cwd: ROOT,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#ended = once(this.#child, 'close').then(([code]) => code);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What was printed, without npm's own lines. */
  lines(): string[] {
    return this.#output.split('\n').filter((line) => line.trim() !== '' && !/^(> |npm )/.test(line));
  }

  /** The address of the line that says that it can serve. */
  ready(timeoutMs = 60_000): Promise<string> {
    return until(
      'relay ready',
      () => {
        if (this.#child.exitCode !== null) throw new Error(`it ended instead:\n${this.#output}`);
        return /^relay ready on (http:\/\/127\.0\.0\.1:\d+)$/m.exec(this.#output)?.[1];
      },
      timeoutMs,
    );
  }

  /** The curl command that it prints, whether on one line or on several that end in a backslash. */
  curlLine(): string | undefined {
    return /^.*?\b(curl (?:.*\\\n)*.*)$/m.exec(this.#output)?.[1];
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** To the process that was started, or to all of its group. */
  kill(signal: NodeJS.Signals, to: 'process' | 'group'): void {
    process.kill(to === 'group' ? -this.pid : this.pid, signal);
  }

  /** Living processes of its group. */
  async processes(): Promise<string[]> {
    if (process.platform !== 'linux') return groupLives(this.pid) ? [`some of group ${this.pid}`] : [];
    const stats = (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));
    return (await Promise.all(stats)).filter((stat) => {
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(group) === this.pid && state !== 'Z';
    });
  }

  /** For the end of a test, whatever has become of it. */
  async end(): Promise<void> {
    if ((await this.processes()).length > 0) this.kill('SIGKILL', 'group');
    await this.#ended;
    for (const line of functionLines(this.#output)) this.#hygiene.look(line);
    this.#hygiene.verify();
  }
}

function groupLives(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

/** Takes a port, any free one without `port`. */
export async function takePort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { server, port: address.port };
}

export async function freePort(): Promise<number> {
  const { server, port } = await takePort();
  server.close();
  await once(server, 'close');
  return port;
}
