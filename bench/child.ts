/**
 * A measured process: it runs one program of `bench/programs`, answers one question at a time and does nothing else, so
 * that its CPU time is the subject's alone. What it does before the first question is not measured.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpuUsage, threadCpuUsage } from 'node:process';
import { fileURLToPath } from 'node:url';

/** Extra Node options for every measured process, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const NODE_OPTIONS = process.env.BENCH_NODE_OPTIONS?.split(' ').filter((option) => option !== '') ?? [];

export interface Child {
  /** What the program said when it was ready. */
  readonly hello: unknown;
  ask(question: unknown): Promise<unknown>;
  end(): Promise<void>;
}

export async function startChild(
  program: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const file = fileURLToPath(new URL(`./programs/${program}.ts`, import.meta.url));
  const child = fork(file, args, { execArgv: NODE_OPTIONS, env: { ...process.env, ...environment } });
  const ended = once(child, 'exit');
  const answer = async (): Promise<unknown> => {
    const heard = once(child, 'message').then(([message]: unknown[]) => message);
    const failed = ended.then(([code]: unknown[]) => {
      throw new Error(`bench/programs/${program}.ts ended with ${String(code)}`);
    });
    return Promise.race([heard, failed]);
  };
  const hello = await answer();
  return {
    hello,
    ask(question) {
      child.send({ question });
      return answer();
    },
    async end() {
      child.disconnect();
      await ended;
    },
  };
}

/** The program's side. `end` lets go of what the program holds; the parent has gone or is done. */
export function serve(
  hello: unknown,
  answer: (question: unknown) => Promise<unknown>,
  end: () => Promise<void>,
): void {
  process.on('message', ({ question }: { question: unknown }) => {
    answer(question).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => void end().then(() => process.exit(0)));
  process.send?.(hello);
}

/** CPU time so far, milliseconds: of this process with all of its threads, and of its main thread. */
export interface CpuSpent {
  readonly all: number;
  readonly main: number;
}

export function cpuSpent(): CpuSpent {
  const toMs = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1_000;
  return { all: toMs(cpuUsage()), main: toMs(threadCpuUsage()) };
}

/** What a child used between two moments. */
export async function cpuOf(child: Child, work: () => Promise<unknown>): Promise<CpuSpent> {
  const before = (await child.ask('cpu')) as CpuSpent;
  await work();
  const after = (await child.ask('cpu')) as CpuSpent;
  return { all: after.all - before.all, main: after.main - before.main };
}
