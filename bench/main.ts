/** `npm run bench -- <name>`: runs one entry, prints its figures and keeps them in `bench/results/<name>.json`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { arena } from './entries/arena.ts';
import { arenaFlood } from './entries/arena-flood.ts';
import { bundles } from './entries/bundles.ts';
import { calls } from './entries/calls.ts';
import { connects } from './entries/connects.ts';
import { fanOut } from './entries/fan-out.ts';
import { frames } from './entries/frames.ts';
import { init } from './entries/init.ts';
import { minute } from './entries/minute.ts';
import { peers } from './entries/peers.ts';
import { resume } from './entries/resume.ts';
import { resuming } from './entries/resuming.ts';
import { type Entry, type Row, rounded } from './harness.ts';

const entries: Readonly<Record<string, Entry>> = {
  calls,
  bundles,
  init,
  'fan-out': fanOut,
  frames,
  connects,
  minute,
  peers,
  arena,
  'arena-flood': arenaFlood,
  resume,
  resuming,
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function printRows(rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const table = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length)));
  for (const cells of table) {
    const [first = '', ...others] = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    print([first, ...others].join('  '));
  }
}

async function save(name: string, rows: readonly Row[]): Promise<void> {
  const file = fileURLToPath(new URL(`./results/${name}.json`, import.meta.url));
  const result = {
    command: `npm run bench -- ${name}`,
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cores: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    rows,
  };
  await mkdir(new URL('./results/', import.meta.url), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}

const [name, ...others] = process.argv.slice(2);
const entry = name === undefined ? undefined : entries[name];
if (name === undefined) {
  for (const [known, { about }] of Object.entries(entries)) print(`${known.padEnd(11)} ${about}`);
} else if (!entry || others.length > 0) {
  process.stderr.write(
    `there is no entry "${[name, ...others].join(' ')}"; known: ${Object.keys(entries).join(', ')}\n`,
  );
  process.exitCode = 1;
} else {
  const rows = (await entry.run()).map(
    (row): Row => ({
      ...Object.fromEntries(
        Object.entries(row).map(([key, value]) => [key, typeof value === 'number' ? rounded(value) : value]),
      ),
      name: row.name,
    }),
  );
  printRows(rows);
  await save(name, rows);
}
