/**
 * The contract's secrets, from Secrets Manager. Kept for a minute, so that a rotation needs no deployment; a token that
 * matches nothing asks again at once (at most every few seconds), so that a fresh secret works from its first use.
 */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { matchesSecret, secretValues } from '../auth/secret-match.ts';

const MAX_AGE_MS = { kept: 60_000, fresh: 5_000 };

export interface Secret {
  /** Every value that is valid, none where it has no value or does not exist; `fresh` where the kept ones did not do. */
  values(age: 'kept' | 'fresh'): Promise<readonly string[]>;
  /** `unset` where the secret has no value or does not exist. */
  check(presented: string | undefined): Promise<'match' | 'mismatch' | 'unset'>;
}

export function openSecret(arn: string, now: () => number): Secret {
  const client = new SecretsManagerClient({ maxAttempts: 3 });
  const kept: { at: number; values: readonly string[] } = { at: Number.NEGATIVE_INFINITY, values: [] };

  const values: Secret['values'] = async (age) => {
    if (now() - kept.at <= MAX_AGE_MS[age]) return kept.values;
    const fresh = await read(client, arn);
    kept.values = fresh;
    kept.at = now();
    return fresh;
  };

  return {
    values,
    async check(presented) {
      const current = await values('kept');
      if (presented !== undefined && matchesSecret(presented, current)) return 'match';
      const fresh = presented === undefined ? current : await values('fresh');
      if (fresh.length === 0) return 'unset';
      return presented !== undefined && matchesSecret(presented, fresh) ? 'match' : 'mismatch';
    },
  };
}

async function read(client: SecretsManagerClient, arn: string): Promise<readonly string[]> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    return secretValues(SecretString ?? '');
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return [];
    throw error;
  }
}
