/** The token that senders of events show in a header of their own. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { env, type SecretVariable } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import { setting } from './runtime.ts';
import { reportUnset } from './unset.ts';

interface Senders {
  readonly senderSecret: SecretVariable;
  readonly senderHeader: 'x-relay-token';
}

/** Throws the 401 of a request without the token, or with a wrong one. */
export function openSenderCheck(logger: Logger, { senderSecret, senderHeader }: Senders) {
  const secret = openSecret(setting(env.secret(senderSecret)), systemClock.now);
  return async (headers: Readonly<Record<string, string | undefined>>): Promise<void> => {
    const token = headers[senderHeader];
    const verdict = await secret.check(token);
    if (verdict === 'match') return;
    if (verdict === 'unset') reportUnset(logger, senderSecret, 'sender');
    const message = token === undefined ? 'is missing' : 'is wrong';
    throw new RelayError('unauthorized', `The header X-Relay-Token ${message}.`, [
      { field: 'header X-Relay-Token', message },
    ]);
  };
}
