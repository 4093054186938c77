/** The project's own assembly, as `-c relay:sseStreams=<streams>` would make it. */
import { type ChangedAssembly, changedAssembly } from './changed-assembly.ts';

/** Environments beyond the streams, which answer whoever comes when all places are taken. */
export const SPARES = 10;

export function assemblyWithStreams(streams: number): Promise<ChangedAssembly> {
  return changedAssembly((properties) => {
    if (properties.ReservedConcurrentExecutions === undefined) return;
    properties.ReservedConcurrentExecutions = streams + SPARES;
    if (properties.Environment) properties.Environment.Variables.SSE_STREAMS = String(streams);
  });
}
