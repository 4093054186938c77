/** The sockets of the WebSocket API that a function belongs to. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Credentials } from '../../shared/adapters/gateway/signature.ts';
import { makeGatewaySockets } from '../../shared/adapters/gateway/sockets.ts';
import { env } from '../../shared/config.ts';
import type { Sockets } from '../../shared/core/ports.ts';
import { awsSettings } from './aws.ts';
import { setting } from './runtime.ts';

/** `credentials`: where they are not those that Lambda puts into the environment. */
export function openSockets(logger: Logger, credentials?: () => Credentials): Sockets {
  const settings = awsSettings();
  return makeGatewaySockets({
    endpoint: setting(env.connectionsEndpoint),
    ...settings,
    credentials: credentials ?? settings.credentials,
    report: (method, status, error) => logger.warn('@connections call failed', { method, status, error }),
  });
}
