/** The way off the cloud: with `relay:removalPolicy=destroy`, nothing is left. */
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { startCloud } from '../support/cloud.ts';
import { SocketClient } from '../support/socket-client.ts';
import { stopBridge } from './bridge.ts';
import { awsClient, cdk } from './cdk.ts';
import { REGION, readEndpoint, readOutputs } from './deployment.ts';

/** A service's answer in its own HTTP form: the SDK's clients for these two are no part of the project. */
async function ask(service: string, path: string, form?: Record<string, string>): Promise<Response> {
  const credential = `test/20260101/${REGION}/${service}/aws4_request`;
  return fetch(`${readEndpoint()}${path}`, {
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
    ...(form && { method: 'POST', body: new URLSearchParams(form) }),
  });
}

const describeStack = () =>
  ask('cloudformation', '/', { Action: 'DescribeStacks', Version: '2010-05-15', StackName: 'Relay' });
const getApi = (id: string) => ask('apigateway', `/v2/apis/${id}`);

test('cdk destroy takes the stack, its APIs, its table and its secrets away', async () => {
  const { HttpApiId, EventsApiId, TableName, RelayWebhookTokenSecret } = readOutputs();
  const cloud = await startCloud();
  const database = new DynamoDBClient(awsClient());
  const secrets = new SecretsManagerClient(awsClient());
  const describeTable = () => database.send(new DescribeTableCommand({ TableName }));
  const describeSecret = () => secrets.send(new DescribeSecretCommand({ SecretId: RelayWebhookTokenSecret }));
  expect((await describeStack()).status).toBe(200);
  for (const id of [HttpApiId, EventsApiId]) expect((await getApi(id)).status).toBe(200);
  await describeTable();
  await describeSecret();

  await stopBridge();
  await cdk(['destroy', 'Relay', '--force']);

  const stack = await describeStack();
  expect([stack.status, await stack.text()]).toEqual([400, expect.stringContaining('does not exist')]);
  for (const id of [HttpApiId, EventsApiId]) expect((await getApi(id)).status).toBe(404);
  await expect(describeTable()).rejects.toThrow(
    expect.objectContaining({ name: 'ResourceNotFoundException' }),
  );
  await expect(describeSecret()).rejects.toThrow(
    expect.objectContaining({ name: 'ResourceNotFoundException' }),
  );
  // No relay's answer any more, but the emulator's own.
  expect((await fetch(`${cloud.httpUrl}/webhook/modal`, { method: 'POST' })).status).toBe(404);
  await new SocketClient(cloud.socketUrl('/stream?tenant=a')).refused();
  database.destroy();
  secrets.destroy();
});
