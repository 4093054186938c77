/** What it takes to speak with one connection: to start it, to answer it, to replay to it. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { unmetered } from '../../shared/core/meter.ts';
import type { Dialect } from '../../shared/core/ports.ts';
import type { Starting } from '../../shared/core/start.ts';
import type { Runtime } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

/** What `$connect` hands off. */
export interface StartEvent {
  readonly start: { readonly connection: string; readonly dialect: Dialect };
}

export function openStarting(
  { table, connections, membership, tokens, clock }: Runtime,
  logger: Logger,
): Starting {
  return {
    log: makeEventLog(table),
    membership,
    connections,
    tokens,
    sockets: openSockets(logger),
    clock,
    random: Math.random,
    // Replays and answers: a line for each of them would cost more than it tells.
    meter: unmetered,
    report: reportUndelivered(logger),
  };
}
