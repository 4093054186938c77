/** The CDK's own command line against MiniStack, and the SDK's settings for it. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { apisUrl, outputsFile, REGION, readEndpoint, readNatsUrl, secondCloudFolder } from './deployment.ts';
import { PINNED_NODE } from './ministack.ts';

const run = promisify(execFile);
const CDK = resolve('node_modules/.bin/cdk');

export const ACCOUNT = '000000000000';

/** For clients of the AWS SDK. */
export const awsClient = () => ({
  endpoint: readEndpoint(),
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** Runs the CDK on the app in `project`. Nothing of the developer's own account or settings can get in. */
export async function cdk(args: readonly string[], project = process.cwd()): Promise<string> {
  const { stdout, stderr } = await run(CDK, [...args, '--output', join(secondCloudFolder(), 'cdk.out')], {
    cwd: project,
    env: {
      PATH: `${PINNED_NODE}:/usr/bin:/bin`,
      HOME: secondCloudFolder(),
      AWS_ENDPOINT_URL: readEndpoint(),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    },
  });
  return stdout + stderr;
}

export function deploy(project?: string): Promise<string> {
  const settings = {
    connectionsEndpoint: apisUrl(),
    removalPolicy: 'destroy',
    natsUrl: readNatsUrl(),
    natsBridge: 'elsewhere',
  };
  const context = Object.entries(settings).flatMap(([name, value]) => ['-c', `relay:${name}=${value}`]);
  return cdk(
    ['deploy', 'Relay', '--require-approval', 'never', '--outputs-file', outputsFile(), ...context],
    project,
  );
}
