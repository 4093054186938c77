/**
 * Secrets Manager's GetSecretValue. A secret's value is the environment variable that its tag names. An unset variable is a
 * secret without a value, which Secrets Manager reports as not found; so "missing secret" can be tried on a laptop as well.
 */

import { toArn } from '../ids.ts';
import { isObject, parseJson } from '../json.ts';
import type { SecretSpec } from '../stack/secrets.ts';
import { type AwsAnswer, errorAnswer, jsonAnswer } from './answer.ts';
import type { AwsRequest, AwsService } from './call.ts';
import type { Need } from './policy.ts';

const CURRENT = 'AWSCURRENT';
const CONTENT_TYPE = 'application/x-amz-json-1.1';

export class SecretsManager implements AwsService {
  readonly #secrets: SecretSpec[];
  readonly #variables: Record<string, string | undefined>;

  constructor(secrets: SecretSpec[], variables: Record<string, string | undefined>) {
    this.#secrets = secrets;
    this.#variables = variables;
  }

  operationOf(_method: string, _path: string, headers: AwsRequest['headers']): string {
    return String(headers['x-amz-target'] ?? '').split('.')[1] ?? '';
  }

  needs({ operation, body }: AwsRequest): Need[] {
    const input = parseJson(body.toString());
    if (operation !== 'GetSecretValue' || !isObject(input) || typeof input.SecretId !== 'string') return [];
    const id = input.SecretId;
    const arn = id.startsWith('arn:') ? id : toArn('secretsmanager', `secret:${id}`);
    return [{ action: 'secretsmanager:GetSecretValue', resource: this.#find(id)?.arn ?? arn }];
  }

  answer({ operation, body }: AwsRequest): AwsAnswer {
    if (operation !== 'GetSecretValue') {
      return errorAnswer(
        400,
        'UnknownOperationException',
        `the local twin has no secretsmanager ${operation}`,
      );
    }
    const input = parseJson(body.toString());
    const { SecretId: id, VersionStage: stage = CURRENT } = isObject(input) ? input : {};
    const secret = this.#find(id);
    if (!secret)
      return errorAnswer(
        400,
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret.",
      );
    const value = this.#variables[secret.variable];
    if (!value || stage !== CURRENT) {
      const message = `Secrets Manager can't find the specified secret value for staging label: ${stage}`;
      return errorAnswer(400, 'ResourceNotFoundException', message);
    }
    const answer = {
      ARN: secret.arn,
      Name: secret.name,
      SecretString: value,
      VersionId: 'local',
      VersionStages: [CURRENT],
    };
    return jsonAnswer(200, answer, CONTENT_TYPE);
  }

  #find(id: unknown): SecretSpec | undefined {
    return this.#secrets.find(({ arn, name }) => id === arn || id === name);
  }
}
