/**
 * `npm run invoke -- <function> <event file>`: runs one function of the stack in a twin of its own, with one event, and
 * prints what it returned. What the function writes goes to standard error, as does the report of one that failed.
 */

import { readFile } from 'node:fs/promises';
import { OptionsError, readOptions } from './options.ts';
import { startTwin, type Twin } from './twin.ts';

/** A sentence for the developer; no stack trace follows. */
class UsageError extends Error {}

function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function readEvent(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code})`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser shows some of the text, line breaks and all.
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    throw new UsageError(`${path} is no JSON: ${reason}`);
  }
}

/** The name of a function's file: its construct's in lower case, with hyphens. */
function toFileName(functionName: string): string {
  return functionName
    .replace(/Function$/, '')
    .replace(/(?<=[a-z0-9])[A-Z]/g, '-$&')
    .toLowerCase();
}

function findFunction(twin: Twin, wanted: string): string {
  const names = new Map(
    twin.functionNames.flatMap((name) =>
      [name, name.replace(/Function$/, ''), toFileName(name)].map((known) => [known, name] as const),
    ),
  );
  const found = names.get(wanted);
  if (found !== undefined) return found;
  const known = twin.functionNames.map(toFileName).sort().join(', ');
  throw new UsageError(`there is no function ${wanted}; there are ${known}`);
}

async function invoke([wanted, path, ...more]: string[]): Promise<boolean> {
  if (wanted === undefined || path === undefined || more.length > 0) {
    throw new UsageError('usage: npm run invoke -- <function> <event file>');
  }
  const event = await readEvent(path);
  const { environment, context } = readOptions(process.env);
  const twin = await startTwin({ port: 0, environment, context, log: note, schedules: false });
  try {
    const name = findFunction(twin, wanted);
    const result = await twin.invoke(name, event).then(
      (value) => ({ value }),
      // The twin has reported it, as it reports every failed invocation.
      () => undefined,
    );
    if (result) process.stdout.write(`${JSON.stringify(result.value, null, 2)}\n`);
    return result !== undefined;
  } finally {
    await twin.close();
  }
}

async function main(): Promise<void> {
  try {
    process.exitCode = (await invoke(process.argv.slice(2))) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof OptionsError)) throw error;
    note(error.message);
    process.exitCode = 1;
  }
}

await main();
