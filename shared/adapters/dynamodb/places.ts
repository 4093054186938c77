/** Places on DynamoDB: an item a place that was ever held, all in one partition, so that one read tells which are free. */
import { PutItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Lease, Places } from '../../core/ports.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

export function makePlaces(table: Table): Places {
  const { client, name: TableName } = table;
  return {
    async held() {
      const held = new Map<number, Lease>();
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: '#until > :now',
          ProjectionExpression: 'sk, #until, #user',
          ExpressionAttributeNames: { '#until': 'until', '#user': 'user' },
          ExpressionAttributeValues: { ':pk': keys.places(), ':now': number(table.now()) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) {
        for (const item of Items ?? []) {
          held.set(Number(item.sk?.S), { until: Number(item.until?.N), user: item.user?.S });
        }
      }
      return held;
    },
    take: (place, holder, { until, user }) =>
      conditional(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...keys.place(place),
              holder: { S: holder },
              until: number(until),
              ...(user !== undefined && { user: { S: user } }),
              exp: expiry.lease(until),
            },
            ConditionExpression: 'attribute_not_exists(pk) OR #until <= :now OR holder = :holder',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: { ':now': number(table.now()), ':holder': { S: holder } },
          }),
        ),
      ),
    async free(place, holder) {
      // Refused: the lease has ended, and somebody else sits there.
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.place(place),
            UpdateExpression: 'SET #until = :now',
            ConditionExpression: 'holder = :holder',
            ExpressionAttributeNames: { '#until': 'until' },
            ExpressionAttributeValues: { ':now': number(table.now()), ':holder': { S: holder } },
          }),
        ),
      );
    },
  };
}
