/** An assembly with settings that no other run has, such as the port of a test's own server. */
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Context, prepareAssembly } from '../../local/assembly.ts';

export interface OwnAssembly {
  readonly folder: string;
  remove(): Promise<void>;
}

export async function ownAssembly(context: Context): Promise<OwnAssembly> {
  const folder = await prepareAssembly(fileURLToPath(new URL('../..', import.meta.url)), context);
  // It would be kept for the next start, which will never ask for it.
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
