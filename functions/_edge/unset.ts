/** The log line about a secret that has no value: whoever needs it is refused, which is nobody's fault but the deployment's. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { SecretVariable } from '../../shared/config.ts';
import { measured } from './metrics.ts';

export function reportUnset(logger: Logger, variable: SecretVariable, refused: 'sender' | 'client'): void {
  logger.error(`${variable} has no value; every ${refused} is refused`, measured({ secret_unset: 1 }));
}
