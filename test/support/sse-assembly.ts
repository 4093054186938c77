/** The project's own assembly, as `-c relay:sseStreams=<streams>` would make it. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareAssembly } from '../../local/assembly.ts';

/** Environments beyond the streams, which answer whoever comes when all places are taken. */
export const SPARES = 10;

export async function assemblyWithStreams(
  streams: number,
): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-streams-'));
  const own = await prepareAssembly(fileURLToPath(new URL('../..', import.meta.url)));
  await cp(own, folder, { recursive: true });
  const path = join(folder, 'Relay.template.json');
  const template = JSON.parse(await readFile(path, 'utf8'));
  for (const { Type, Properties } of Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    template.Resources,
  )) {
    if (Type !== 'AWS::Lambda::Function' || Properties.ReservedConcurrentExecutions === undefined) continue;
    Properties.ReservedConcurrentExecutions = streams + SPARES;
    Object(Properties.Environment).Variables.SSE_STREAMS = String(streams);
  }
  await writeFile(path, JSON.stringify(template));
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
