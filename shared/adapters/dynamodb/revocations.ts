/** Revocations on DynamoDB: the mark on the token, and a note for as long as one is under way. */
import {
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { userOf } from '../../auth/opaque-token.ts';
import type { Revocation, Revocations } from '../../core/revoke.ts';
import { conditional, keys, number, type Table } from './table.ts';

export function makeRevocations(table: Table): Revocations {
  const { client, name: TableName } = table;
  return {
    async note({ token, channel }, at) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: { ...keys.revocation(token), channel: { S: channel }, at: number(at) },
        }),
      );
    },
    async mark(token) {
      const user = userOf(token);
      if (user === undefined) throw new Error('what is to be revoked is no id of a token');
      // Refused: DynamoDB has deleted it, long after it expired.
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.token(user, token),
            UpdateExpression: 'SET revoked = if_not_exists(revoked, :now)',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':now': number(table.now()) },
          }),
        ),
      );
    },
    async forget(token) {
      await client.send(new DeleteItemCommand({ TableName, Key: keys.revocation(token) }));
    },
    async unfinished(before) {
      const found: Revocation[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: '#at < :before',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':pk': keys.revocations(), ':before': number(before) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) {
        for (const item of Items ?? [])
          found.push({ token: item.sk?.S ?? '', channel: item.channel?.S ?? '' });
      }
      return found;
    },
  };
}
