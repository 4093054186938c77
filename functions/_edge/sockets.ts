/** The sockets of the WebSocket API that a function belongs to, with the credentials that Lambda puts into the environment. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeGatewaySockets } from '../../shared/adapters/gateway/sockets.ts';
import { env } from '../../shared/config.ts';
import type { Sockets } from '../../shared/core/ports.ts';
import { awsSettings } from './aws.ts';
import { setting } from './runtime.ts';

export function openSockets(logger: Logger): Sockets {
  return makeGatewaySockets({
    endpoint: setting(env.connectionsEndpoint),
    ...awsSettings(),
    report: (method, status, error) => logger.warn('@connections call failed', { method, status, error }),
  });
}
