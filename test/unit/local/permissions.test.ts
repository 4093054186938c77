/**
 * What a function with few grants meets at the AWS door: every call is asked for by action and resource, and a refusal is in
 * AWS's words and in the twin's log.
 */

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../../local/aws/call.ts';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { logicalIdOf, writeAssembly } from '../../support/fixture-assembly.ts';

/** Makes the call that its event describes. */
const CALLER = `exports.handler = async ({ service, method = 'POST', path = '/', target, body }) => {
  const headers = { 'content-type': 'application/x-amz-json-1.0', ...(target && { 'x-amz-target': target }) };
  const answer = await aws(service, method, process.env.AWS_ENDPOINT_URL + path, body, headers);
  return { status: answer.status, type: answer.headers.get('x-amzn-errortype'), text: await answer.text() };
}`;

const ARN = 'arn:aws';
const OWN = 'us-east-1:000000000000';
const tableArn = `${ARN}:dynamodb:${OWN}:table/Relay-Table`;
const getAtt = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;
let api: string;
const lines: string[] = [];
const seen: AwsCall[] = [];

beforeAll(async () => {
  const allow = (Action: unknown, Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
  assembly = await writeAssembly({
    functions: {
      Caller: {
        code: CALLER,
        statements: [
          allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Batch*'], getAtt('Table0A0B0C0D')),
          allow(['dynamodb:Scan', 'dynamodb:ListTables'], '*'),
          { Effect: 'Deny', Action: 'dynamodb:Scan', Resource: getAtt('Table0A0B0C0D') },
          allow('secretsmanager:GetSecretValue', { Ref: 'Token11112222' }),
          allow('lambda:InvokeFunction', getAtt(logicalIdOf('Called'))),
          allow('execute-api:ManageConnections', {
            'Fn::Sub': `arn:aws:execute-api:*:*:\${EventsApi}/live/POST/@connections/*`,
          }),
        ],
      },
      Called: { code: 'exports.handler = async () => 1' },
    },
    http: { 'GET /called': 'Called' },
    events: { $connect: 'Called' },
  });
  twin = await startTwin({
    port: 0,
    environment: { RELAY_WEBHOOK_TOKEN: 'secret' },
    assembly: assembly.folder,
    schedules: false,
    log: (line) => lines.push(line),
    onAwsCall: (call, proceed) => {
      seen.push(call);
      return proceed();
    },
  });
  api = twin.outputs.EventsApiId ?? '';
});

beforeEach(() => {
  lines.length = 0;
  seen.length = 0;
});

afterAll(async () => {
  await twin.close();
  await assembly.remove();
});

interface Call {
  service: string;
  method?: string;
  path?: string;
  target?: string;
  body?: string;
}

async function call(event: Call) {
  const answer: unknown = await twin.invoke('Caller', event);
  const { status, type, text } = answer as { status: number; type: string | null; text: string };
  return { status, type, text };
}

const dynamodb = (operation: string, input: Record<string, unknown>): Call => ({
  service: 'dynamodb',
  target: `DynamoDB_20120810.${operation}`,
  body: JSON.stringify(input),
});
const secret = (SecretId: string): Call => ({
  service: 'secretsmanager',
  target: 'secretsmanager.GetSecretValue',
  body: JSON.stringify({ SecretId }),
});
const invoke = (name: string): Call => ({
  service: 'lambda',
  path: `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`,
});
const connection = (method: string, apiId: string, stage = 'live'): Call => ({
  service: 'execute-api',
  method,
  path: `/_aws/execute-api/${apiId}/${stage}/%40connections/a%2Fb%3D`,
});

const Key = { pk: { S: 'a' } };
const query = { KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': { S: 'a' } } };

describe('a call that the role allows', () => {
  it.each([
    ['a table by its name', dynamodb('GetItem', { TableName: 'Relay-Table', Key }), tableArn],
    ['a query', dynamodb('Query', { TableName: 'Relay-Table', ...query }), tableArn],
    [
      'every table of a batch',
      dynamodb('BatchGetItem', { RequestItems: { 'Relay-Table': { Keys: [Key] } } }),
      tableArn,
    ],
    ['the list of tables', dynamodb('ListTables', {}), '*'],
    ['a secret by its name', secret('Relay-Token'), `${ARN}:secretsmanager:${OWN}:secret:Relay-Token-`],
    ['a function by its name', invoke('Relay-Called'), `${ARN}:lambda:${OWN}:function:Relay-Called`],
    [
      'a function by its ARN',
      invoke(`${ARN}:lambda:${OWN}:function:Relay-Called`),
      `${ARN}:lambda:${OWN}:function:Relay-Called`,
    ],
  ])('is answered: %s', async (_, event, resource) => {
    expect(await call(event)).toMatchObject({ status: 200 });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.needs).toMatchObject([{ resource: expect.stringContaining(resource) }]);
    expect(lines).toEqual([]);
  });

  it('is asked for with the connection’s id as it is, not as the path spells it', async () => {
    expect(await call(connection('POST', api))).toMatchObject({ status: 410 });
    expect(seen[0]?.needs).toEqual([
      {
        action: 'execute-api:ManageConnections',
        resource: `${ARN}:execute-api:${OWN}:${api}/live/POST/@connections/a/b=`,
      },
    ]);
  });
});

describe('a call that the role does not allow', () => {
  const other = `${ARN}:dynamodb:${OWN}:table/Other`;
  it.each([
    [400, 'dynamodb:PutItem', tableArn, dynamodb('PutItem', { TableName: 'Relay-Table', Item: Key })],
    [400, 'dynamodb:GetItem', other, dynamodb('GetItem', { TableName: 'Other', Key })],
    [400, 'dynamodb:GetItem', other, dynamodb('GetItem', { TableName: other, Key })],
    [
      400,
      'dynamodb:Query',
      `${tableArn}/index/I`,
      dynamodb('Query', { TableName: 'Relay-Table', IndexName: 'I', ...query }),
    ],
    [
      400,
      'dynamodb:BatchWriteItem',
      other,
      dynamodb('BatchWriteItem', { RequestItems: { 'Relay-Table': [], Other: [] } }),
    ],
    [
      400,
      'secretsmanager:GetSecretValue',
      `${ARN}:secretsmanager:${OWN}:secret:Relay-Other`,
      secret('Relay-Other'),
    ],
    [403, 'lambda:InvokeFunction', `${ARN}:lambda:${OWN}:function:Relay-Caller`, invoke('Relay-Caller')],
    [
      403,
      'lambda:InvokeFunction',
      `${ARN}:lambda:${OWN}:function:Relay-Caller`,
      invoke('000000000000:function:Relay-Caller'),
    ],
    [
      403,
      'execute-api:ManageConnections',
      `${ARN}:execute-api:${OWN}:other/live/POST/@connections/a/b=`,
      connection('POST', 'other'),
    ],
  ])('is refused with %d: %s on %s', async (status, action, resource, event) => {
    const answer = await call(event);
    expect(answer).toMatchObject({ status, type: 'AccessDeniedException' });
    expect(JSON.parse(answer.text)).toEqual({
      __type: 'AccessDeniedException',
      message:
        `User: arn:aws:sts::000000000000:assumed-role/Relay-CallerRole/Relay-Caller is not authorized to perform: ` +
        `${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
    });
    expect(seen).toEqual([]);
  });

  it.each([['DELETE'], ['GET']])('is refused with 403 for another verb: %s', async (verb) => {
    const answer = await call(connection(verb, api));
    expect(answer).toMatchObject({ status: 403, type: 'AccessDeniedException' });
    expect(answer.text).toContain(`${api}/live/${verb}/@connections/a/b= because no`);
  });

  it('says so when a policy denies it', async () => {
    const answer = await call(dynamodb('Scan', { TableName: 'Relay-Table' }));
    expect(answer).toMatchObject({ status: 400, type: 'AccessDeniedException' });
    expect(answer.text).toContain(
      `dynamodb:Scan on resource: ${tableArn} with an explicit deny in an identity-based policy`,
    );
  });

  it.each([
    ['dynamodb:TransactWriteItems', dynamodb('TransactWriteItems', { TransactItems: [] })],
    ['dynamodb:GetItem', dynamodb('GetItem', { Key })],
    ['dynamodb:BatchGetItem', dynamodb('BatchGetItem', { RequestItems: {} })],
    ['secretsmanager:ListSecrets', { ...secret('Relay-Token'), target: 'secretsmanager.ListSecrets' }],
    ['execute-api:PUT', connection('PUT', api)],
    ['lambda:GET /2015-03-31/functions', { service: 'lambda', method: 'GET', path: '/2015-03-31/functions' }],
  ])('is refused by name where nobody knows what it needs: %s', async (named, event) => {
    const answer = await call(event);
    expect(answer.type).toBe('AccessDeniedException');
    expect(answer.text).toContain(`perform: ${named}: the local twin does not know`);
    expect(seen).toEqual([]);
  });

  it('is told in the log, once for each function, action and resource', async () => {
    const DeleteItem = dynamodb('DeleteItem', { TableName: 'Relay-Table', Key });
    for (let repeat = 0; repeat < 3; repeat += 1) await call(DeleteItem);
    for (const id of ['1', '2', '3']) {
      const path = `/_aws/execute-api/${api}/unknown/@connections/${id}`;
      expect((await call({ service: 'execute-api', path })).status).toBe(403);
    }
    const told = lines.map((line): unknown => JSON.parse(line));
    expect(told).toEqual([
      {
        level: 'ERROR',
        message: expect.stringContaining('is not authorized to perform: dynamodb:DeleteItem'),
        function: 'Caller',
        action: 'dynamodb:DeleteItem',
        resource: tableArn,
      },
      expect.objectContaining({
        function: 'Caller',
        action: 'execute-api:ManageConnections',
        resource: `${ARN}:execute-api:${OWN}:${api}/unknown/POST/@connections/1`,
      }),
    ]);
  });
});

describe('the developer’s key', () => {
  it('may do what no role is granted', async () => {
    const client = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: twin.awsEndpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const answer = await client.send(new ScanCommand({ TableName: 'Relay-Table' }));
    expect(answer.Count).toBe(0);
    client.destroy();
    expect(lines).toEqual([]);
  });
});
