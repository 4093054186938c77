/** The shared bearer of the desktop apps. Without one the streams are open: by the stack's option, or in the local twin. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { env } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import { liveEvents } from '../../shared/surfaces/live-events.ts';
import { setting } from './runtime.ts';

/** Takes the header `Authorization`; throws where it does not open the streams. */
export type ClientCheck = (authorization: string | undefined) => Promise<void>;

export function openClientCheck(logger: Logger): ClientCheck {
  if (process.env[env.openStreams] === '1') return async () => undefined;
  const secret = openSecret(setting(env.secret(liveEvents.clientSecret)), systemClock.now);
  return async (authorization) => {
    const [, token] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const verdict = await secret.check(token);
    if (verdict === 'match') return;
    if (verdict === 'unset') {
      if (process.env[env.local] === '1') return;
      logger.error(`${liveEvents.clientSecret} has no value; every client is refused`);
    }
    const message = token === undefined ? 'is missing' : 'is wrong';
    throw new RelayError('unauthorized', `The bearer token ${message}.`, [
      { field: 'header Authorization', message },
    ]);
  };
}
