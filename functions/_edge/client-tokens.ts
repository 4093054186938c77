/** Client tokens as this deployment takes them: signed with its shared secret, or with a key that its setting points at. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openKeySet } from '../../shared/adapters/key-set.ts';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { type ClientToken, verifyByKeySet, verifyBySecrets } from '../../shared/auth/client-token.ts';
import { signerOf } from '../../shared/auth/jwt.ts';
import { env } from '../../shared/config.ts';
import { setting } from './runtime.ts';

export interface ClientTokens {
  /** What the token says, where it is good; undefined where it is none, or a bad one. */
  read(token: string): Promise<ClientToken | undefined>;
  /** Whether any token could be good. */
  areTaken(): Promise<boolean>;
}

export function openClientTokens(logger: Logger): ClientTokens {
  const { now } = systemClock;
  const secret = openSecret(setting(env.secret('CLIENT_JWT_SECRET')), now);
  const url = process.env[env.clientJwksUrl];
  const report = (error: Error) => logger.error('no keys for client tokens', { error });
  const keys = url ? openKeySet(url, now, report) : undefined;

  const bySecret = async (token: string) =>
    (await verifyBySecrets(token, await secret.values('kept'), now())) ??
    (await verifyBySecrets(token, await secret.values('fresh'), now()));

  return {
    async read(token) {
      const signer = signerOf(token);
      if (signer === 'secret') return bySecret(token);
      return signer && keys ? verifyByKeySet(token, keys, now()) : undefined;
    },
    areTaken: async () => keys !== undefined || (await secret.values('kept')).length > 0,
  };
}
