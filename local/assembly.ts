/**
 * Synthesizes the CDK app and keeps the result by a hash of everything it was made from, its settings
 * among it, so that a second start does not pay for synthesis again. The app gets a bare environment: what a developer's shell
 * happens to hold must not end up in a template that is then served from the cache.
 */

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { toObject } from './json.ts';

const INPUT_FOLDERS = ['infra', 'functions', 'shared'];
const INPUT_FILES = ['cdk.json', 'package-lock.json', 'tsconfig.json'];
const KEPT_ASSEMBLIES = 4;
/** The app tells of settings that do not hold in one line; whatever else ends it leaves a stack trace. */
const SETTING_COMPLAINT = /^relay:.*$/;
/** An assembly this fresh may be another twin's, which still loads code from it. */
const MIN_AGE_OF_REMOVAL_MS = 24 * 3_600_000;

/** Settings as `cdk deploy -c <name>=<value>` takes them. */
export type Context = Readonly<Record<string, string>>;

/** The folder of an assembly; `context` goes over that of cdk.json. */
export async function prepareAssembly(root: string, context: Context = {}): Promise<string> {
  const cache = join(root, 'node_modules', '.cache', 'relay');
  const folder = join(cache, `assembly-${await hashInputs(root, context)}`);
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return folder;
  }
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(join(cache, 'draft-'));
  try {
    await synthesize(root, draft, context);
    await publish(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await removeOld(cache);
  return folder;
}

async function hashInputs(root: string, context: Context): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  hash.update(JSON.stringify(Object.entries(context).sort()));
  for (const path of [...(await listFiles(root)), ...INPUT_FILES.map((file) => join(root, file))]) {
    const content = await readFile(path).catch(() => undefined);
    if (content) hash.update(`\n${path.slice(root.length)}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

async function listFiles(root: string): Promise<string[]> {
  const files: string[] = [];
  for (const folder of INPUT_FOLDERS) {
    const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
    files.push(
      ...entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
    );
  }
  return files.sort();
}

/** The CDK's command line hands its context and that of cdk.json to the app in a variable; without it, so do we. */
async function contextJson(root: string, given: Context): Promise<string> {
  const { context = {} } = toObject(JSON.parse(await readFile(join(root, 'cdk.json'), 'utf8')), 'cdk.json');
  return JSON.stringify({ ...toObject(context, 'cdk.json context'), ...given });
}

async function synthesize(root: string, folder: string, context: Context): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const app = spawn(process.execPath, ['infra/app.ts'], {
    cwd: root,
    env: { PATH, HOME, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: await contextJson(root, context) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const complaints: Buffer[] = [];
  app.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  await new Promise<void>((done, fail) => {
    app.on('error', fail);
    app.on('close', (code) => {
      if (code === 0) return done();
      const details = Buffer.concat(complaints).toString().trimEnd();
      if (code === 1 && SETTING_COMPLAINT.test(details)) return fail(new Error(details));
      fail(
        new Error(
          `${details}\nthe CDK app does not synthesize: node infra/app.ts ended with ${code}`.trimStart(),
        ),
      );
    });
  });
}

/** Two starts may synthesize at once. Renaming is atomic; whoever comes second finds the folder there and takes it. */
async function publish(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

async function removeOld(cache: string): Promise<void> {
  const names = (await readdir(cache)).filter(
    (name) => name.startsWith('assembly-') || name.startsWith('draft-'),
  );
  const folders = await Promise.all(
    names.map(async (name) => {
      const path = join(cache, name);
      return {
        path,
        usedAt: await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      };
    }),
  );
  const oldest = Date.now() - MIN_AGE_OF_REMOVAL_MS;
  const surplus = folders.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT_ASSEMBLIES);
  for (const { path, usedAt } of surplus) {
    if (usedAt < oldest) await rm(path, { recursive: true, force: true });
  }
}
