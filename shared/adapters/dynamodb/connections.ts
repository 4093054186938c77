/** Connections on DynamoDB, spread over partitions that the minute's pass walks through. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import type { Connection, Connections } from '../../core/ports.ts';
import { expiry, keys, number, type Table } from './table.ts';

export function makeConnections(table: Table): Connections {
  const { client, name: TableName } = table;
  return {
    async put({ id, at, channels }) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.connection(id),
            at: number(at),
            channels: { L: channels.map((channel) => ({ S: channel })) },
            exp: expiry.connection(at),
          },
        }),
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
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': keys.partition(partition) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) yield* (Items ?? []).map(toConnection);
    },
  };
}

function toConnection(item: Record<string, AttributeValue>): Connection {
  return {
    id: item.sk?.S ?? '',
    at: Number(item.at?.N),
    channels: (item.channels?.L ?? []).flatMap((channel) => channel.S ?? []),
  };
}
