/** What it takes to speak with one connection: to start it, to answer it, to replay to it. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { unmetered } from '../../shared/core/meter.ts';
import type { Starting } from '../../shared/core/start.ts';
import { openRuntime } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

/** What `$connect` hands off. */
export interface StartEvent {
  readonly start: { readonly connection: string };
}

export function openStarting(logger: Logger): Starting {
  const { table, connections, membership, tokens } = openRuntime();
  return {
    log: makeEventLog(table),
    membership,
    connections,
    tokens,
    sockets: openSockets(logger),
    clock: systemClock,
    random: Math.random,
    // Replays and answers: a line for each of them would cost more than it tells.
    meter: unmetered,
    report: reportUndelivered(logger),
  };
}
