/**
 * Whether a body is signed by somebody who has the secret. While a secret is rotated each of its values signs; a signature that
 * matches none of those that are kept asks again, as a token does (`shared/adapters/secrets.ts`).
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { Secret } from '../../shared/adapters/secrets.ts';
import { matchesSignature } from '../../shared/auth/body-signature.ts';
import { env, type SecretVariable } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import { reportUnset } from './unset.ts';

/** Takes the signature that came with a body, and its raw bytes; throws the 401 of one that is missing or wrong. */
export type SignatureCheck = (signature: string | undefined, body: Uint8Array) => Promise<void>;

/**
 * `header`: what the signature came in, for the error. In the local twin alone, a secret without a value lets everything pass,
 * and each time the log says so.
 */
export function openSignatureCheck(
  secret: Pick<Secret, 'values'>,
  variable: SecretVariable,
  header: string,
  logger: Logger,
): SignatureCheck {
  const isLocal = process.env[env.local] === '1';
  return async (signature, body) => {
    const isBy = (secrets: readonly string[]) =>
      signature !== undefined && matchesSignature(signature, body, secrets);
    const kept = await secret.values('kept');
    if (isBy(kept)) return;
    const fresh = signature === undefined ? kept : await secret.values('fresh');
    if (isBy(fresh)) return;
    if (fresh.length === 0) {
      if (isLocal) {
        logger.warn(`${variable} has no value; a signature was not verified`);
        return;
      }
      reportUnset(logger, variable, 'sender');
    }
    const message = signature === undefined ? 'is missing' : 'is wrong';
    throw new RelayError('unauthorized', `The header ${header} ${message}.`, [
      { field: `header ${header}`, message },
    ]);
  };
}
