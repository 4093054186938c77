/** The engine over a memory world, and what tests ask of its log. */
import { arrived } from '../../shared/core/arrival.ts';
import { heard } from '../../shared/core/conversation.ts';
import { makeMembers } from '../../shared/core/members.ts';
import { unmetered } from '../../shared/core/meter.ts';
import type { Meter } from '../../shared/core/ports.ts';
import type { Publishing } from '../../shared/core/publish.ts';
import { type LogEntry, readLog } from '../../shared/core/read-log.ts';
import type { Revoking } from '../../shared/core/revoke.ts';
import type { Starting } from '../../shared/core/start.ts';
import type { Sweep } from '../../shared/core/sweep.ts';
import type { MemoryWorld } from './memory-world.ts';

export function engineOn(
  world: MemoryWorld,
  meter: Meter = unmetered,
): Publishing & Starting & Revoking & Pick<Sweep, 'ping'> {
  return {
    log: world.log,
    membership: world.membership,
    members: makeMembers(world.membership),
    connections: world.connections,
    tokens: world.tokens,
    revocations: world.revocations,
    sockets: world.sockets,
    clock: world.clock,
    random: () => 0.5,
    meter,
    report: () => undefined,
    ping: 'ping',
  };
}

/** A client says something; nobody hears one that has left. */
export async function tell(world: MemoryWorld, id: string, text: string, by: string): Promise<void> {
  const connection = await world.connections.get(id);
  if (connection) await heard(engineOn(world), connection, text, by);
}

/** A plain client arrives. */
export async function subscribe(world: MemoryWorld, id: string, channel: string, at: number): Promise<void> {
  await arrived(world, { id, at, channel, dialect: 'plain' });
}

export async function readAll(world: MemoryWorld, channel: string, after = 0): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of readLog(world.log, world.clock, channel, after)) entries.push(entry);
  return entries;
}

/** The events of a log as the values they carry. */
export function events(entries: readonly LogEntry[]): unknown[] {
  return entries.flatMap(({ json }) => (json === null ? [] : [JSON.parse(json)]));
}
