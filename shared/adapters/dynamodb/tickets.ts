/** Tickets on DynamoDB: an item each, by its user. */
import { ConditionalCheckFailedException, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Tickets } from '../../auth/tickets.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

export function makeTickets(table: Table): Tickets {
  const { client, name: TableName } = table;
  return {
    async put({ user, id, hash }, token, until) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.ticket(user, id),
            hash: { S: hash },
            token: { S: token },
            until: number(until),
            exp: expiry.lease(until),
          },
        }),
      );
    },

    async use({ user, id, hash }, on, by, until) {
      // A socket's use is the one and only, so its repeat is known by who it was; streams come again under any name.
      const unused =
        on === 'socket'
          ? 'attribute_not_exists(#used) OR #last = :by'
          : 'attribute_not_exists(#used) OR #used = :on';
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.ticket(user, id),
            UpdateExpression: `SET #used = :on, #last = :by${until === undefined ? '' : ', #until = :until, #exp = :exp'}`,
            ConditionExpression: `#hash = :hash AND #until > :now AND (${unused})`,
            ExpressionAttributeNames: {
              '#used': 'used',
              '#last': 'last',
              '#hash': 'hash',
              '#until': 'until',
              ...(until === undefined ? {} : { '#exp': 'exp' }),
            },
            ExpressionAttributeValues: {
              ':on': { S: on },
              ':by': { S: by },
              ':hash': { S: hash },
              ':now': number(table.now()),
              ...(until === undefined ? {} : { ':until': number(until), ':exp': expiry.lease(until) }),
            },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return Attributes?.token?.S;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },

    async endAt({ user, id }, by, until) {
      // Refused: another stream was opened with it since, and sets its end.
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.ticket(user, id),
            UpdateExpression: 'SET #until = :until',
            ConditionExpression: '#last = :by',
            ExpressionAttributeNames: { '#until': 'until', '#last': 'last' },
            ExpressionAttributeValues: { ':until': number(until), ':by': { S: by } },
          }),
        ),
      );
    },
  };
}
