/** The project's own assembly with one thing broken in a function's bundle: what a storm must be able to find. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareAssembly } from '../../../local/assembly.ts';

export interface Sabotage {
  readonly assembly: string;
  remove(): Promise<void>;
}

/** Replaces `text` in every bundle that has it; a text that none has is an error, since the sabotage would be none. */
export async function sabotage(text: string, replacement: string): Promise<Sabotage> {
  const assembly = await mkdtemp(join(tmpdir(), 'relay-sabotage-'));
  const remove = () => rm(assembly, { recursive: true, force: true });
  await cp(await prepareAssembly(fileURLToPath(new URL('../../..', import.meta.url))), assembly, {
    recursive: true,
  });
  const files = await readdir(assembly, { recursive: true });
  let changed = 0;
  for (const file of files.filter((name) => name.endsWith('index.js'))) {
    const code = await readFile(join(assembly, file), 'utf8');
    if (!code.includes(text)) continue;
    await writeFile(join(assembly, file), code.replaceAll(text, replacement));
    changed += 1;
  }
  if (changed > 0) return { assembly, remove };
  await remove();
  throw new Error(`no bundle has the text ${text}`);
}
