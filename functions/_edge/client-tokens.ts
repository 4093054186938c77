/** Client tokens as this deployment takes them. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { type ClientToken, verifyByKeySet, verifyBySecrets } from '../../shared/auth/client-token.ts';
import { env } from '../../shared/config.ts';
import { openSignedTokens, type SignedTokens } from './signed-tokens.ts';

export type ClientTokens = SignedTokens<ClientToken>;

export function openClientTokens(logger: Logger): ClientTokens {
  const signing = {
    secret: 'CLIENT_JWT_SECRET',
    keysUrl: process.env[env.clientJwksUrl],
    name: 'client tokens',
    bySecrets: verifyBySecrets,
    byKeySet: verifyByKeySet,
  } as const;
  return openSignedTokens(signing, logger);
}
