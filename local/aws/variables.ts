/**
 * What code finds in its environment to call AWS with, wherever it runs: a key of its own, and the AWS door in place of AWS.
 */

import { randomBytes } from 'node:crypto';
import { REGION } from '../ids.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export function newCredentials(): Credentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(20).toString('hex'),
  };
}

/** `home`: a folder without an `.aws/config`, which the SDK would look for. */
export function makeAwsVariables(
  endpoint: string,
  { accessKeyId, secretAccessKey }: Credentials,
  home: string,
): Record<string, string> {
  return {
    HOME: home,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    RELAY_LOCAL: '1',
  };
}

/** The URL of a stage at AWS. In the twin it is the AWS door that answers for it. */
const STAGE_URL = /^https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\/.*)?$/;

/** The template's variables, with the twin's addresses in them. */
export function localize(variables: Record<string, string>, endpoint: string): Record<string, string> {
  const localized = Object.entries(variables).map(([name, value]) => {
    const [isStage, apiId, path = ''] = STAGE_URL.exec(value) ?? [];
    return [name, isStage ? `${endpoint}/_aws/execute-api/${apiId}${path}` : value];
  });
  return Object.fromEntries(localized);
}
