/** JSON Web Tokens as a deployment takes them: signed with its shared secret, or with a key that a setting points at. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { openKeySet } from '../../shared/adapters/key-set.ts';
import { openSecret } from '../../shared/adapters/secrets.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { type KeySet, signerOf } from '../../shared/auth/jwt.ts';
import { env, type SecretVariable } from '../../shared/config.ts';
import { setting } from './runtime.ts';

export interface SignedTokens<Token> {
  /** What the token says, where it is good; undefined where it is none, or a bad one. */
  read(token: string): Promise<Token | undefined>;
  /** Whether any token could be good. */
  areTaken(): Promise<boolean>;
}

/** Who signs the tokens, and how one is read; both ways are undefined for a token that is not good. */
export interface Signing<Token> {
  readonly secret: SecretVariable;
  readonly keysUrl: string | undefined;
  /** What the tokens are called, for the log. */
  readonly name: string;
  bySecrets(token: string, secrets: readonly string[], now: number): Promise<Token | undefined>;
  byKeySet(token: string, keys: KeySet, now: number): Promise<Token | undefined>;
}

export function openSignedTokens<Token>(signing: Signing<Token>, logger: Logger): SignedTokens<Token> {
  const { now } = systemClock;
  const secret = openSecret(setting(env.secret(signing.secret)), now);
  const report = (error: Error) => logger.error(`no keys for ${signing.name}`, { error });
  const keys = signing.keysUrl ? openKeySet(signing.keysUrl, now, report) : undefined;

  const bySecret = async (token: string) =>
    (await signing.bySecrets(token, await secret.values('kept'), now())) ??
    (await signing.bySecrets(token, await secret.values('fresh'), now()));

  return {
    async read(token) {
      const signer = signerOf(token);
      if (signer === 'secret') return bySecret(token);
      return signer && keys ? signing.byKeySet(token, keys, now()) : undefined;
    },
    areTaken: async () => keys !== undefined || (await secret.values('kept')).length > 0,
  };
}
