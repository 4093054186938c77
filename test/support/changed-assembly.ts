/** The project's own assembly as other settings would make it: a copy of it, with its functions' properties changed. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareAssembly } from '../../local/assembly.ts';

export interface FunctionProperties {
  ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables: Record<string, unknown> };
}

export interface ChangedAssembly {
  readonly folder: string;
  remove(): Promise<void>;
}

/** `change` is called with the properties of each function. */
export async function changedAssembly(
  change: (properties: FunctionProperties) => void,
): Promise<ChangedAssembly> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-assembly-'));
  const own = await prepareAssembly(fileURLToPath(new URL('../..', import.meta.url)));
  await cp(own, folder, { recursive: true });
  const path = join(folder, 'Relay.template.json');
  const template: { Resources: Record<string, { Type: string; Properties: FunctionProperties }> } =
    JSON.parse(await readFile(path, 'utf8'));
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type === 'AWS::Lambda::Function') change(Properties);
  }
  await writeFile(path, JSON.stringify(template));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
