/**
 * What the twin offers to the AWS SDK: the four services behind one door, and who may pass it.
 */

import { once } from 'node:events';
import {
  ApiGatewayManagementApiClient,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { writeAssembly } from '../../support/fixture-assembly.ts';
import { FUNCTIONS } from './fixture-functions.ts';

let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;

beforeAll(async () => {
  assembly = await writeAssembly({
    functions: FUNCTIONS,
    http: { 'GET /broken': 'Broken', 'GET /web': 'Web' },
    events: { $connect: 'Connect', $default: 'Message', $disconnect: 'Disconnect' },
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

async function connect(query: string): Promise<WebSocket> {
  const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/stream${query}`);
  await once(socket, 'open');
  return socket;
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

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
    const later = await lambda.send(
      new InvokeCommand({ FunctionName: 'Relay-Web', InvocationType: 'Event', Payload: '{}' }),
    );
    expect(later.StatusCode).toBe(202);
  });

  it('reaches a connection and says 410 once it is gone', async () => {
    const socket = await connect('?who=managed');
    const ConnectionId = twin.connections().find(({ query }) => query.who === 'managed')?.id ?? '';
    const endpoint = `${twin.awsEndpoint}/_aws/execute-api/${twin.outputs.EventsApiId}/live`;
    const management = new ApiGatewayManagementApiClient({ ...sdk(), endpoint });
    const arrived = nextText(socket);
    await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));
    expect(await arrived).toBe('hello');
    const description = await management.send(new GetConnectionCommand({ ConnectionId }));
    expect(description).toMatchObject({ ConnectedAt: expect.any(Date), Identity: { SourceIp: '127.0.0.1' } });
    const big = management.send(
      new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) }),
    );
    await expect(big).rejects.toMatchObject({ name: 'PayloadTooLargeException' });
    socket.close();
    await once(socket, 'close');
    const late = management.send(new PostToConnectionCommand({ ConnectionId, Data: 'late' }));
    await expect(late).rejects.toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
  });

  it('refuses a call without a signature and one by an unknown key with 403', async () => {
    expect((await fetch(twin.awsEndpoint, { method: 'POST' })).status).toBe(403);
    const stranger = new DynamoDBClient({
      ...sdk(),
      credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' },
    });
    const call = stranger.send(new GetItemCommand({ TableName: 'T', Key: { pk: { S: 'a' } } }));
    await expect(call).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  });
});
