/**
 * What a test can do to a running twin: look at and change SDK calls, kill an environment in the middle of one, hold back or
 * drop invocations; and what then becomes of connections and of tables kept on disk.
 */

import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AwsCall, OnAwsCall } from '../../../local/aws/call.ts';
import type { OnInvoke } from '../../../local/lambda/functions.ts';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { writeAssembly } from '../../support/fixture-assembly.ts';

const WEB = `exports.handler = async (event) => {
  const answer = await post(event.queryStringParameters.id, JSON.stringify({ a: 1 }));
  return { status: answer.status };
}`;

const environment = { RELAY_WEBHOOK_TOKEN: 'x' };
let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;
let onAwsCall: OnAwsCall;
let onInvoke: OnInvoke;
const invoked: string[] = [];

beforeAll(async () => {
  assembly = await writeAssembly({
    functions: {
      Web: { code: WEB },
      Connect: { code: 'exports.handler = async () => ({ statusCode: 200 })' },
      Disconnect: { code: 'exports.handler = async () => {}' },
    },
    http: { 'GET /web': 'Web' },
    events: { $connect: 'Connect', $disconnect: 'Disconnect' },
  });
  twin = await startTwin({
    port: 0,
    environment,
    assembly: assembly.folder,
    onAwsCall: (call, proceed) => onAwsCall(call, proceed),
    onInvoke: (invocation, proceed) => {
      invoked.push(invocation.functionName);
      return onInvoke(invocation, proceed);
    },
  });
});

beforeEach(() => {
  onAwsCall = (_, proceed) => proceed();
  onInvoke = (_, proceed) => proceed();
  invoked.length = 0;
});

afterAll(async () => {
  await twin.close();
  await assembly.remove();
});

const stream = () => new WebSocket(`${twin.url.replace('http', 'ws')}/stream`);

describe('onAwsCall', () => {
  it('sees who calls what with which body, and may answer in place of AWS', async () => {
    const calls: AwsCall[] = [];
    onAwsCall = async (call, proceed) => {
      calls.push(call);
      expect((await proceed())?.status).toBe(410);
      return { status: 429, headers: {}, body: Buffer.from('{}') };
    };
    const response = await fetch(`${twin.url}/web?id=none`);
    expect(await response.json()).toEqual({ status: 429 });
    expect(calls).toMatchObject([
      { functionName: 'Web', service: 'execute-api', operation: 'PostToConnection', body: { a: 1 } },
    ]);
  });

  it('may kill the calling environment: its invocation fails, the next one finds a fresh one', async () => {
    const environments: string[] = [];
    onAwsCall = (call, proceed) => {
      environments.push(call.environmentId);
      if (environments.length === 1) call.kill();
      return proceed();
    };
    expect((await fetch(`${twin.url}/web?id=none`)).status).toBe(500);
    expect((await fetch(`${twin.url}/web?id=none`)).status).toBe(200);
    expect(new Set(environments).size).toBe(2);
  });
});

/** Functions answer, and nobody learns of it before `release`. */
function holdBackAnswers(): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  onInvoke = async (_, proceed) => {
    const result = await proceed();
    await held;
    return result;
  };
  return () => release();
}

describe('onInvoke', () => {
  it('may hold back what $connect has answered: the connection does not exist until then', async () => {
    const release = holdBackAnswers();
    const socket = stream();
    await expect.poll(() => invoked).toEqual(['Connect']);
    expect(twin.connections()).toEqual([]);
    release();
    await once(socket, 'open');
    expect(twin.connections()).toHaveLength(1);
    socket.close();
    await expect.poll(() => invoked).toEqual(['Connect', 'Disconnect']);
  });
});

describe('a data directory', () => {
  it('keeps the tables for the next start', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'relay-data-'));
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const item = { pk: { S: 'kept' } };
    for (const isFirst of [true, false]) {
      const own = await startTwin({ port: 0, environment, assembly: assembly.folder, dataDir });
      const database = new DynamoDBClient({ region: 'us-east-1', endpoint: own.awsEndpoint, credentials });
      const TableName = own.tables.Table ?? '';
      if (isFirst) await database.send(new PutItemCommand({ TableName, Item: item }));
      expect((await database.send(new GetItemCommand({ TableName, Key: item }))).Item).toEqual(item);
      await own.close();
    }
    await rm(dataDir, { recursive: true });
  });
});
