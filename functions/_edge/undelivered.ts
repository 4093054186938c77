/** The log line about a client that could not be given its frames. One that was cut, or could not be, is measured by it. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Delivery } from '../../shared/core/deliver.ts';
import { measured } from './metrics.ts';

export function reportUndelivered(logger: Logger): Delivery['report'] {
  return (what, connection, error) =>
    logger.info('undelivered', {
      what,
      connection_id: connection,
      ...(error ? { error } : {}),
      ...(what === 'cut' || what === 'unfinished' ? measured({ [what]: 1 }) : {}),
    });
}
