/** Users on DynamoDB, and the record of what was done with their tokens. */
import { randomUUID } from 'node:crypto';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Users } from '../../auth/users.ts';
import { expiry, keys, number, type Table } from './table.ts';

export function makeUsers(table: Table): Users {
  const { client, name: TableName } = table;
  return {
    async put(user, at, exp) {
      await client.send(
        new PutItemCommand({ TableName, Item: { ...keys.user(user), at: number(at), exp: number(exp) } }),
      );
    },
    async record({ user, what, token, requestId, address }) {
      const at = new Date(table.now()).toISOString();
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.audit(user, at, randomUUID()),
            what: { S: what },
            ...(token !== undefined && { token: { S: token } }),
            request_id: { S: requestId },
            address: { S: address },
            exp: expiry.audit(table),
          },
        }),
      );
    },
  };
}
