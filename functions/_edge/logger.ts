/** Structured logs, one JSON line each. Never a token, a secret, a query string or an event. */
import { Logger } from '@aws-lambda-powertools/logger';
import { serviceName } from '../../shared/metrics.ts';

export function makeLogger(): Logger {
  return new Logger({ serviceName });
}
