/** The log line about a client that could not be given its frames. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Delivery } from '../../shared/core/deliver.ts';

export function reportUndelivered(logger: Logger): Delivery['report'] {
  return (what, connection, error) =>
    logger.info('undelivered', { what, connection_id: connection, ...(error ? { error } : {}) });
}
