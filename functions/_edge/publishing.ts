/** What it takes to publish. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { makeMembers } from '../../shared/core/members.ts';
import type { Publishing } from '../../shared/core/publish.ts';
import type { Runtime } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

export function openPublishing(
  { table, connections, membership, clock }: Runtime,
  logger: Logger,
): Publishing {
  return {
    log: makeEventLog(table),
    membership,
    members: makeMembers(membership),
    connections,
    sockets: openSockets(logger),
    clock,
    random: Math.random,
    report: reportUndelivered(logger),
  };
}
