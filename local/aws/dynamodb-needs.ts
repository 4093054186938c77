/**
 * What DynamoDB asks IAM about: the operation, on each table that the request names; on the index instead, where it reads one.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */

import { toArn } from '../ids.ts';
import { isObject, parseJson } from '../json.ts';
import type { Need } from './policy.ts';

const ON_ONE_TABLE = new Set([
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'PutItem',
  'Query',
  'Scan',
  'UpdateItem',
  'UpdateTable',
]);
const ON_MANY_TABLES = new Set(['BatchGetItem', 'BatchWriteItem']);

/** None for an operation that is not listed here, and for a request that names no table. */
export function dynamoDbNeeds(operation: string, body: Buffer): Need[] {
  const action = `dynamodb:${operation}`;
  if (operation === 'ListTables') return [{ action, resource: '*' }];
  const isOnMany = ON_MANY_TABLES.has(operation);
  if (!isOnMany && !ON_ONE_TABLE.has(operation)) return [];
  const input = parseJson(body.toString());
  if (!isObject(input)) return [];
  const { TableName, IndexName, RequestItems } = input;
  if (isOnMany) {
    const tables = Object.keys(isObject(RequestItems) ? RequestItems : {});
    return tables.map((table) => ({ action, resource: toTableArn(table) }));
  }
  if (typeof TableName !== 'string') return [];
  const index = typeof IndexName === 'string' ? `/index/${IndexName}` : '';
  return [{ action, resource: `${toTableArn(TableName)}${index}` }];
}

/** Requests may name a table by its ARN. */
function toTableArn(table: string): string {
  return table.startsWith('arn:') ? table : toArn('dynamodb', `table/${table}`);
}
