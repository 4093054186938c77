/** What it takes to publish, and the one line about each publish, which is its metrics as well. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import type { SurfaceName } from '../../shared/config.ts';
import type { Batch } from '../../shared/core/event.ts';
import { makeMembers } from '../../shared/core/members.ts';
import type { Meter } from '../../shared/core/ports.ts';
import { type Publishing, publish } from '../../shared/core/publish.ts';
import { measured, Tally } from './metrics.ts';
import type { Runtime } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

/** `publish` of the engine, for one surface. Who publishes is what the logger has been told of the caller. */
export type Publish = (batches: readonly Batch[], requestId: string) => Promise<string[][]>;

export function openPublishing(runtime: Runtime, logger: Logger, surface: SurfaceName): Publish {
  return measuredPublish(publishingOf(runtime, logger), logger, surface);
}

/** The engine's ports for whoever publishes. */
export function publishingOf(
  { table, connections, membership, clock }: Runtime,
  logger: Logger,
): Omit<Publishing, 'meter'> {
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

/** `publish` of the engine with its line. */
export function measuredPublish(
  relay: Omit<Publishing, 'meter'>,
  logger: Logger,
  surface: SurfaceName,
): Publish {
  return (batches, requestId) =>
    metered(logger, surface, requestId, (meter) => publish({ ...relay, meter }, batches));
}

/** The line is written also when a publish fails half-way: what was accepted until then stays accepted. */
export async function metered<Result>(
  logger: Logger,
  surface: SurfaceName,
  requestId: string,
  work: (meter: Meter) => Promise<Result>,
): Promise<Result> {
  const meter = new Tally();
  try {
    return await work(meter);
  } finally {
    if (!meter.isEmpty) {
      const figures = measured({ accepted: 0, ...meter.figures });
      logger.info('published', { surface, request_id: requestId, ...figures });
    }
  }
}
