import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../../local/aws/call.ts';
import { DynamoDb } from '../../../../local/aws/dynamodb.ts';
import { LaggingDynamoDb } from '../../../../local/hostile/lagging-dynamodb.ts';
import { parseJson } from '../../../../local/json.ts';

const LAG_MS = 100;
const table = {
  name: 'Table',
  physicalName: 'table',
  createRequest: {
    TableName: 'table',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'hue'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-hue',
        KeySchema: [{ AttributeName: 'hue', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
};

let leader: DynamoDb;
let database: LaggingDynamoDb;
beforeAll(async () => {
  leader = new DynamoDb(undefined);
  await leader.createTables([table]);
  await leader.run('PutItem', { TableName: 'table', Item: { pk: { S: 'kept' }, hue: { S: 'x' } } });
  database = new LaggingDynamoDb(leader, new DynamoDb(undefined), [table], () => LAG_MS);
  await database.createTables([table]);
});
afterAll(async () => {
  await database.close();
  await leader.close();
});

async function call(operation: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
  const headers = {
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-date': '20260101T000000Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00',
  };
  const body = Buffer.from(JSON.stringify({ TableName: 'table', ...input }));
  const request: AwsRequest = {
    caller: undefined,
    service: 'dynamodb',
    operation,
    method: 'POST',
    path: '/',
    headers,
    body,
  };
  const answer = await database.answer(request);
  return Object(parseJson(answer.body.toString()));
}

const item = (pk: string, value: string) => ({ pk: { S: pk }, hue: { S: value } });
const read = (pk: string, ConsistentRead: boolean) =>
  call('GetItem', { Key: { pk: { S: pk } }, ConsistentRead });
const byHue = (value: string) =>
  call('Query', {
    IndexName: 'by-hue',
    KeyConditionExpression: 'hue = :value',
    ExpressionAttributeValues: { ':value': { S: value } },
  });
const afterLag = () => new Promise((done) => setTimeout(done, 3 * LAG_MS));

describe('an eventually consistent read', () => {
  it('does not see a write at once, while a consistent one does', async () => {
    await call('PutItem', { Item: item('a', 'one') });
    expect(await read('a', false)).toEqual({});
    expect(await read('a', true)).toEqual({ Item: item('a', 'one') });
    await afterLag();
    expect(await read('a', false)).toEqual({ Item: item('a', 'one') });
  });

  it('goes on seeing what was changed or deleted', async () => {
    await call('PutItem', { Item: item('b', 'one') });
    await afterLag();
    await call('UpdateItem', {
      Key: { pk: { S: 'b' } },
      UpdateExpression: 'SET hue = :two',
      ExpressionAttributeValues: { ':two': { S: 'two' } },
    });
    expect(await read('b', false)).toEqual({ Item: item('b', 'one') });
    await afterLag();
    await call('DeleteItem', { Key: { pk: { S: 'b' } } });
    expect(await read('b', false)).toEqual({ Item: item('b', 'two') });
    await afterLag();
    expect(await read('b', false)).toEqual({});
  });

  it('sees what was there before the start', async () => {
    expect(await read('kept', false)).toEqual({ Item: item('kept', 'x') });
  });
});

describe('a read of an index', () => {
  it('is late whatever it asks for', async () => {
    await call('PutItem', { Item: item('c', 'indexed') });
    expect(await byHue('indexed')).toMatchObject({ Count: 0 });
    await afterLag();
    expect(await byHue('indexed')).toMatchObject({ Count: 1 });
  });
});

it('refuses what it cannot follow, by name', async () => {
  const answer = await call('BatchWriteItem', { RequestItems: {} });
  expect(answer.message).toContain('BatchWriteItem');
});
