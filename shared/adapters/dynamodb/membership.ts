/** Subscriptions on DynamoDB: one partition a channel, read whole and strongly consistent. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Membership, Subscription } from '../../core/ports.ts';
import { addToChannel } from './channel-item.ts';
import { fromCredential, toCredential } from './credential.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

export function makeMembership(table: Table): Membership {
  const { client, name: TableName } = table;
  return {
    async put(channel, { connection, at, starting, fed, credential }) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.subscription(channel, connection),
            at: number(at),
            exp: expiry.connection(at),
            ...(starting && { starting: { BOOL: true } }),
            ...(fed && { fed: { BOOL: true } }),
            ...fromCredential(credential),
          },
        }),
      );
    },
    async get(channel, connection) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.subscription(channel, connection), ConsistentRead: true }),
      );
      return Item && toSubscription(Item);
    },
    release: (channel, connection) =>
      conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.subscription(channel, connection),
            UpdateExpression: 'REMOVE starting',
            ConditionExpression: 'attribute_exists(pk)',
          }),
        ),
      ),
    async delete(channel, connection) {
      await client.send(new DeleteItemCommand({ TableName, Key: keys.subscription(channel, connection) }));
    },
    bump: (channel) => addToChannel(table, channel, 0, 1),
    async list(channel) {
      const found: Subscription[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: '#exp > :now',
          ProjectionExpression: 'sk, #at, starting, fed, #token, #until',
          ExpressionAttributeNames: { '#exp': 'exp', '#at': 'at', '#token': 'token', '#until': 'until' },
          ExpressionAttributeValues: { ':pk': keys.subscriptions(channel), ':now': expiry.now(table) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) {
        for (const item of Items ?? []) found.push(toSubscription(item));
      }
      return found;
    },
  };
}

function toSubscription(item: Record<string, AttributeValue>): Subscription {
  const isStarting = item.starting?.BOOL === true;
  return {
    connection: item.sk?.S ?? '',
    at: Number(item.at?.N),
    ...(isStarting && { starting: true }),
    ...(item.fed?.BOOL === true && { fed: true }),
    credential: toCredential(item),
  };
}
