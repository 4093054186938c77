import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let dist: string;

/** Runs one of the package's scripts with its output elsewhere, so that the tree stays as it is. */
async function build(script: string, ...more: string[]): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const [tool = '', ...words] = String(scripts[script])
    .replace(/--outfile=\S+/, '')
    .trim()
    .split(/\s+/);
  await run(join(folder, '../node_modules/.bin', tool), [...words, ...more], { cwd: folder });
}

beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'relay-client-'));
  await Promise.all([
    build('bundle', `--outfile=${join(dist, 'relay-client.js')}`),
    build('declarations', '--outDir', dist),
  ]);
});

afterAll(() => rm(dist, { recursive: true }));

describe('what is published', () => {
  it('is one file under 12 KB gzipped that imports nothing', async () => {
    const code = await readFile(join(dist, 'relay-client.js'));
    expect(gzipSync(code).length).toBeLessThan(12 * 1_024);
    expect(code.toString()).not.toMatch(/\bimport\b|\brequire\b/);
  });

  it('exports connect and RelayError', async () => {
    const module = await import(pathToFileURL(join(dist, 'relay-client.js')).href);
    expect(Object.keys(module).toSorted()).toEqual(['RelayError', 'connect']);
  });

  it('has declarations that a program in TypeScript can use, and that catch mistakes', async () => {
    const program = (line: string): string => `
      import { connect, type RelayEvent } from './index.js';
      interface Progress extends RelayEvent { readonly percent: number }
      const stream = connect<Progress>({ url: 'wss://relay.example/stream' });
      ${line}
    `;
    await writeFile(
      join(dist, 'good.ts'),
      program('stream.on("event", (event) => event.percent.toFixed());'),
    );
    await writeFile(join(dist, 'bad.ts'), program('stream.on("event", (event) => event.percent.trim());'));
    const tsc = join(folder, '../node_modules/.bin/tsc');
    const options = '--noEmit --strict --target es2022 --lib es2022,dom --module nodenext --types'.split(' ');
    const check = (file: string): Promise<unknown> =>
      run(tsc, [...options, '', '--ignoreConfig', file], { cwd: dist });
    await expect(check('good.ts')).resolves.toBeDefined();
    await expect(check('bad.ts')).rejects.toMatchObject({ stdout: expect.stringContaining('bad.ts(5,') });
  });
});
