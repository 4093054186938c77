/** The sockets of the WebSocket API "events", with the credentials that Lambda puts into the environment. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeGatewaySockets } from '../../shared/adapters/gateway/sockets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { env } from '../../shared/config.ts';
import type { Sockets } from '../../shared/core/ports.ts';
import { setting } from './runtime.ts';

export function openSockets(logger: Logger): Sockets {
  return makeGatewaySockets({
    endpoint: setting(env.eventsEndpoint),
    region: setting('AWS_REGION'),
    credentials: () => ({
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
      sessionToken: process.env.AWS_SESSION_TOKEN,
    }),
    now: systemClock.now,
    report: (method, status, error) => logger.warn('@connections call failed', { method, status, error }),
  });
}
