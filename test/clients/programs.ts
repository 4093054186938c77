/** Programs that are not ours, and the process that `npm start` is. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { need, pythonPrograms } from '../support/python.ts';
import { functionLines, hygieneOfStart } from '../support/start.ts';

const run = promisify(execFile);

/** Exact, so that a run means the same everywhere. */
const WEBSOCKETS = 'websockets==17.4';
const SOCKET_IO = 'python-socketio[client]==5.18.1';

/** Path of a Python that has the `websockets` package. */
export async function pythonWithWebsockets(): Promise<string> {
  return join(await pythonPrograms('python', [WEBSOCKETS]), 'python');
}

/** The same with Python's socket.io client. */
export async function pythonWithSocketIo(): Promise<string> {
  return join(await pythonPrograms('python-socketio', [SOCKET_IO]), 'python');
}

/** Runs a command line as a reader of the documents would paste it. */
export async function paste(
  commands: string,
  environment: Record<string, string> = {},
): Promise<{ stdout: string; stderr: string }> {
  await need('curl', 'sudo apt-get install -y curl');
  return run('bash', ['-euc', commands], { env: { ...process.env, ...environment } });
}

export interface Started {
  readonly process: ChildProcess;
  readonly url: string;
  output(): string;
  stop(): Promise<void>;
}

/** `npm start` on a port of its own, in a process group of its own. */
export async function npmStart(environment: Record<string, string>): Promise<Started> {
  const env = { ...process.env, PORT: '0', ...environment };
  const child = spawn('npm', ['start'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
      const ready = /relay ready on (http:\S+)/.exec(output)?.[1];
      if (ready) resolve(ready);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${output}`)));
  });
  return {
    process: child,
    url,
    output: () => output,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await gone;
      const hygiene = hygieneOfStart(env);
      for (const line of functionLines(output)) hygiene.look(line);
      hygiene.verify();
    },
  };
}

/** A client program whose output is watched line by line. */
export interface Watcher {
  /** The first output that matches; the error shows all output. */
  sees(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** Resolves when it has come to its end, by itself or because it was stopped. */
  ended(): Promise<void>;
  /** Types this into it. */
  write(text: string): void;
  stop(): void;
}

export function watch(program: string, args: readonly string[]): Watcher {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let output = '';
  const waiting = new Set<() => void>();
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    sees: (pattern, timeoutMs = 15_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${program} never printed ${pattern}; it printed:\n${output}`));
        }, timeoutMs);
        const look = (): void => {
          const found = pattern.exec(output);
          if (!found) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    ended: () => gone,
    write: (text) => void child.stdin.write(text),
    stop: () => void child.kill(),
  };
}
