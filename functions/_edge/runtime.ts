/** What functions are made of, built once per environment from its settings. */
import { makeConnections } from '../../shared/adapters/dynamodb/connections.ts';
import { makeMembership } from '../../shared/adapters/dynamodb/membership.ts';
import { openTable, type Table, withTimeout } from '../../shared/adapters/dynamodb/table.ts';
import { makeTokens } from '../../shared/adapters/dynamodb/tokens.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Tokens } from '../../shared/auth/tokens.ts';
import { env, required } from '../../shared/config.ts';
import type { Clock, Connections, Membership } from '../../shared/core/ports.ts';

export interface Runtime {
  readonly table: Table;
  readonly connections: Connections;
  readonly membership: Membership;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

/** `callMs`: for a process that runs for ever, how long a call of the table may take, milliseconds. */
export function openRuntime(callMs?: number): Runtime {
  const settings = required(process.env, [env.table, env.retentionHours]);
  const hours: Readonly<Record<string, number>> = JSON.parse(settings[env.retentionHours]);
  const opened = openTable({
    name: settings[env.table],
    retentionSeconds: (channel) => hoursOf(hours, channel) * 3_600,
    now: systemClock.now,
  });
  const table = callMs === undefined ? opened : withTimeout(opened, callMs);
  return {
    table,
    connections: makeConnections(table),
    membership: makeMembership(table),
    tokens: makeTokens(table),
    clock: systemClock,
  };
}

function hoursOf(hours: Readonly<Record<string, number>>, channel: string): number {
  const [kind = ''] = channel.split(':');
  const found = hours[kind];
  if (found === undefined)
    throw new Error(`${env.retentionHours} says nothing of channels of the kind ${kind}`);
  return found;
}

/** One required setting. */
export function setting(name: string): string {
  return required(process.env, [name])[name] ?? '';
}
