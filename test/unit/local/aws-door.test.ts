/**
 * What the twin offers to the AWS SDK behind one door. The rules of @connections, Lambda and signatures are in test/conformance.
 */

import { ApiGatewayManagementApiClient, GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { writeAssembly } from '../../support/fixture-assembly.ts';

let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;

beforeAll(async () => {
  assembly = await writeAssembly({
    functions: { Broken: { code: `throw new Error('at init')` } },
    http: {},
    events: {},
  });
  twin = await startTwin({
    port: 0,
    environment: { RELAY_WEBHOOK_TOKEN: 'secret' },
    assembly: assembly.folder,
    schedules: false,
  });
});

afterAll(async () => {
  await twin.close();
  await assembly.remove();
});

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const sdk = () => ({ region: 'us-east-1', endpoint: twin.awsEndpoint, credentials, maxAttempts: 1 });

describe('the AWS door', () => {
  it('keeps items, secrets and functions for the SDK', async () => {
    const TableName = twin.tables.Table ?? '';
    const database = new DynamoDBClient(sdk());
    await database.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, n: { N: '1' } } }));
    const { Item } = await database.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
    expect(Item).toEqual({ pk: { S: 'a' }, n: { N: '1' } });

    const secrets = new SecretsManagerClient(sdk());
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'Relay-Token' }));
    expect(SecretString).toBe('secret');
    const missing = secrets.send(new GetSecretValueCommand({ SecretId: 'Relay-Other' }));
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFoundException' });

    const lambda = new LambdaClient(sdk());
    const failed = await lambda.send(new InvokeCommand({ FunctionName: 'Relay-Broken', Payload: '{}' }));
    expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  });

  it('has @connections on the public port as well, for tools', async () => {
    const management = new ApiGatewayManagementApiClient({ ...sdk(), endpoint: `${twin.url}/live` });
    const call = management.send(new GetConnectionCommand({ ConnectionId: 'none=' }));
    await expect(call).rejects.toMatchObject({ name: 'GoneException' });
  });
});
