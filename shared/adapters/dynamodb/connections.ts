/** Connections on DynamoDB, spread over partitions that the minute's pass walks through. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Connection, type Connections, dialects } from '../../core/ports.ts';
import { fromCredential, toCredential } from './credential.ts';
import { conditional, expiry, itemsUnder, keys, number, type Table } from './table.ts';

export function makeConnections(table: Table): Connections {
  const { client, name: TableName } = table;
  return {
    async put({ id, at, channels, dialect, after, live, credential }) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.connection(id),
            at: number(at),
            ...(channels.length > 0 && { channels: { SS: [...channels] } }),
            dialect: { S: dialect },
            live: { BOOL: live },
            ...(after === undefined ? {} : { after: { S: after } }),
            ...fromCredential(credential),
            exp: expiry.connection(at),
          },
        }),
      );
    },
    async start(id, by) {
      // The condition on `pk` keeps a connection that has left from coming back as half an item.
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET started = :by',
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(started) OR started = :by)',
            ExpressionAttributeValues: { ':by': { S: by } },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return Attributes && toConnection(Attributes);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },
    async setLive(id, live) {
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET live = :live',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':live': { BOOL: live } },
          }),
        ),
      );
    },
    async get(id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.connection(id), ConsistentRead: true }),
      );
      return Item && toConnection(Item);
    },
    async delete(id) {
      await client.send(new DeleteItemCommand({ TableName, Key: keys.connection(id) }));
    },
    async *inPartition(partition) {
      for await (const item of itemsUnder(table, keys.partition(partition))) yield toConnection(item);
    },
  };
}

export function toConnection(item: Record<string, AttributeValue>): Connection {
  return {
    id: item.sk?.S ?? '',
    at: Number(item.at?.N),
    // A set has no order, and cannot be empty.
    channels: item.channels?.SS ?? [],
    dialect: dialects.find((dialect) => dialect === item.dialect?.S) ?? 'plain',
    after: item.after?.S,
    live: item.live?.BOOL === true,
    credential: toCredential(item),
    heldUntil: item.heldUntil && Number(item.heldUntil.N),
  };
}
