import { expect, it } from 'vitest';
import type { AwsRequest } from '../../../local/aws/call.ts';
import { DynamoDb } from '../../../local/aws/dynamodb.ts';

const authorization =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00';

function request(operation: string, input: unknown): AwsRequest {
  return {
    caller: undefined,
    service: 'dynamodb',
    operation,
    method: 'POST',
    path: '/',
    headers: {
      authorization,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': '20260101T000000Z',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
    },
    body: Buffer.from(JSON.stringify(input)),
  };
}

it('the database answers the calls that are under way before it closes, and refuses those that come after', async () => {
  const database = new DynamoDb(undefined);
  const createRequest = {
    TableName: 'Events',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await database.createTables([{ name: 'Events', physicalName: 'Events', createRequest }]);
  const update = {
    TableName: 'Events',
    Key: { pk: { S: 'a' } },
    UpdateExpression: 'ADD hits :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
  };
  const answers = Array.from({ length: 20 }, () => database.answer(request('UpdateItem', update)));
  const closed = database.close();
  const late = database.answer(request('UpdateItem', update));
  await closed;
  expect((await late).status).toBe(500);
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
});
