/**
 * The environment variables of a function: those of the template and those that Lambda itself sets. Nothing of the host's
 * environment is among them, so a function cannot come to depend on a developer's shell.
 */

import { REGION } from '../ids.ts';
import type { FunctionSpec } from '../stack/functions.ts';

/** The URL of a stage at AWS. In the twin it is the AWS door that answers for it. */
const STAGE_URL = /^https:\/\/([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\/.*)?$/;

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

export function makeVariables(
  spec: FunctionSpec,
  endpoint: string,
  credentials: Credentials,
): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.physicalName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.physicalName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: spec.codeFolder,
    _HANDLER: spec.handler,
    // The SDK looks for ~/.aws/config; there must be none to find.
    HOME: spec.codeFolder,
    ...localize(spec.environment, endpoint),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    RELAY_LOCAL: '1',
  };
}

function localize(variables: Record<string, string>, endpoint: string): Record<string, string> {
  const localized = Object.entries(variables).map(([name, value]) => {
    const [isStage, apiId, path = ''] = STAGE_URL.exec(value) ?? [];
    return [name, isStage ? `${endpoint}/_aws/execute-api/${apiId}${path}` : value];
  });
  return Object.fromEntries(localized);
}
