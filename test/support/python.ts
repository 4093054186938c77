/** Python programs for tests: an environment of their own under node_modules/.cache, with exact versions. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Fails with the command that installs the program, where it is missing. */
export async function need(program: string, install: string): Promise<void> {
  try {
    await run(program, ['--version']);
  } catch {
    throw new Error(`${program} is missing; install it: ${install}`);
  }
}

/** The folder of the programs of an environment that has these packages; `packages` are arguments of `pip install`. */
export async function pythonPrograms(name: string, packages: readonly string[]): Promise<string> {
  await need('python3', 'sudo apt-get install -y python3 python3-venv');
  const environment = join('node_modules/.cache/relay', name);
  const programs = join(environment, 'bin');
  if (!existsSync(join(programs, 'pip'))) {
    await run('python3', ['-m', 'venv', '--clear', environment]).catch((error: unknown) => {
      throw new Error('python3 has no venv module; install it: sudo apt-get install -y python3-venv', {
        cause: error,
      });
    });
  }
  await run(join(programs, 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
  return programs;
}
