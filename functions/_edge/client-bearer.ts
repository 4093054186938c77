/**
 * What clients show to watch live events: the shared bearer of the desktop apps, or a client token that covers the channel.
 * Either opens it where both are configured. Without either the streams are open: by the stack's option, or in the local twin.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { covers } from '../../shared/auth/client-token.ts';
import { env } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import { liveEvents } from '../../shared/surfaces/live-events.ts';
import { openClientTokens } from './client-tokens.ts';
import { setting } from './runtime.ts';
import { reportUnset } from './unset.ts';

/**
 * Takes what a client shows, and the channel that it asks for; throws a 401 where it opens nothing, a 403 where it opens other
 * channels. `until`: when it ends to open this one, epoch milliseconds.
 */
export type ClientCheck = (
  token: string | undefined,
  channel: string,
) => Promise<{ readonly until?: number }>;

export function openClientCheck(logger: Logger): ClientCheck {
  if (process.env[env.openStreams] === '1') return async () => ({});
  const secret = openSecret(setting(env.secret(liveEvents.clientSecret)), systemClock.now);
  const tokens = openClientTokens(logger);
  return async (token, channel) => {
    const found = token === undefined ? undefined : await tokens.read(token);
    if (found) {
      const { channels, until } = found;
      if (covers(channels, channel)) return until === undefined ? {} : { until };
      throw refusal('forbidden', 'does not cover this channel');
    }
    const verdict = await secret.check(token);
    if (verdict === 'match') return {};
    if (verdict === 'unset' && !(await tokens.areTaken())) {
      if (process.env[env.local] === '1') return {};
      reportUnset(logger, liveEvents.clientSecret, 'client');
    }
    throw refusal('unauthorized', token === undefined ? 'is missing' : 'is wrong');
  };
}

function refusal(code: 'forbidden' | 'unauthorized', message: string): RelayError {
  return new RelayError(code, `The bearer token ${message}.`, [{ field: 'header Authorization', message }]);
}
