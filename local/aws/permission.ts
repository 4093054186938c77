/**
 * Whether the caller may make this call. The one place where IAM is asked; for now every known caller may do everything that
 * the door serves.
 */

import { type AwsAnswer, errorAnswer } from './answer.ts';
import type { AwsRequest } from './call.ts';

export type IsAllowed = (request: AwsRequest) => boolean;

export const allowAll: IsAllowed = () => true;

export function denied({ caller, service, operation }: AwsRequest): AwsAnswer {
  const who = caller?.spec.name ?? 'the developer';
  const message = `User: ${who} is not authorized to perform: ${service}:${operation}`;
  // DynamoDB and Secrets Manager answer an access denial with 400, the REST services with 403.
  const status = service === 'dynamodb' || service === 'secretsmanager' ? 400 : 403;
  return errorAnswer(status, 'AccessDeniedException', message);
}
