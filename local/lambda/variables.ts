/**
 * The environment variables of a function: those of the template and those that Lambda itself sets. Nothing of the host's
 * environment is among them, so a function cannot come to depend on a developer's shell.
 */

import { type Credentials, localize, makeAwsVariables } from '../aws/variables.ts';
import type { FunctionSpec } from '../stack/functions.ts';

export function makeVariables(
  spec: FunctionSpec,
  endpoint: string,
  credentials: Credentials,
): Record<string, string> {
  return {
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: spec.physicalName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.physicalName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: spec.codeFolder,
    _HANDLER: spec.handler,
    ...localize(spec.environment, endpoint),
    ...makeAwsVariables(endpoint, credentials, spec.codeFolder),
  };
}
