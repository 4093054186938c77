/** The bundles that would be deployed, with the environment that each needs to load. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareAssembly } from '../local/assembly.ts';
import { makeVariables } from '../local/lambda/variables.ts';
import { readStack } from '../local/stack/stack.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Loading makes no call, so nobody needs to listen there. */
const ENDPOINT = 'http://127.0.0.1:9';

export interface Bundle {
  readonly name: string;
  readonly file: string;
  readonly kilobytes: number;
  readonly variables: Readonly<Record<string, string>>;
}

export async function findBundles(): Promise<Bundle[]> {
  const stack = readStack(await prepareAssembly(ROOT));
  return stack.functions.map((spec) => {
    const file = join(spec.codeFolder, 'index.js');
    const variables = makeVariables(spec, ENDPOINT, { accessKeyId: 'AKID', secretAccessKey: 'secret' });
    return { name: spec.name, file, kilobytes: statSync(file).size / 1_000, variables };
  });
}
