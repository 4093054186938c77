/** How much longer Node takes to start with a bundle loaded: a process each, by turns with one that loads nothing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findBundles } from '../bundles.ts';
import { type Entry, interleave, type Row, type Subject } from '../harness.ts';

const ROUNDS = 15;
const execute = promisify(execFile);

/** What the runtime has and bare Node has not: a streaming function takes it while it is loaded. */
const RUNTIME = 'globalThis.awslambda = { streamifyResponse: (handler) => handler }';

/** Lambda loads a bundle without a compile cache and ends no process, so neither is part of the figure. */
function subject(name: string, source: string, variables: Readonly<Record<string, string>>): Subject {
  const script = `${RUNTIME}; ${source}; process.stdout.write(JSON.stringify(process.cpuUsage()))`;
  return {
    name,
    async measure() {
      const startedAt = performance.now();
      const { stdout } = await execute(process.execPath, ['-e', script], { env: { ...variables } });
      const { user, system }: NodeJS.CpuUsage = JSON.parse(stdout);
      return { ms: performance.now() - startedAt, 'CPU ms': (user + system) / 1_000 };
    },
  };
}

async function run(): Promise<Row[]> {
  const subjects = (await findBundles()).map(({ name, file, variables }) =>
    subject(name, `require(${JSON.stringify(file)})`, variables),
  );
  const [bare, ...rows] = await interleave(ROUNDS, [subject('bare Node', '0', {}), ...subjects]);
  if (!bare) return [];
  return [bare, ...rows].map((row) => ({
    ...row,
    'ms over bare': Number(row.ms) - Number(bare.ms),
    'CPU ms over bare': Number(row['CPU ms']) - Number(bare['CPU ms']),
    ratio: Number(row.ms) / Number(bare.ms),
  }));
}

export const init: Entry = { about: 'time to load each function, over bare Node', run };
