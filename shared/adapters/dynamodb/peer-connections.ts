/** Sockets of peers on DynamoDB, spread over partitions that the minute's pass walks through. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import type { PeerConnection, PeerConnections } from '../../peers/ports.ts';
import { expiry, keys, number, type Table } from './table.ts';

export function makePeerConnections({ client, name: TableName }: Table): PeerConnections {
  return {
    async put({ id, session, at }) {
      const Item = {
        ...keys.peerConnection(id),
        session: { S: session },
        at: number(at),
        exp: expiry.connection(at),
      };
      await client.send(new PutItemCommand({ TableName, Item }));
    },
    async get(id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.peerConnection(id), ConsistentRead: true }),
      );
      return Item && toPeerConnection(Item);
    },
    async delete(id) {
      await client.send(new DeleteItemCommand({ TableName, Key: keys.peerConnection(id) }));
    },
    async *inPartition(partition) {
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': keys.peerPartition(partition) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) yield* (Items ?? []).map(toPeerConnection);
    },
  };
}

function toPeerConnection(item: Record<string, AttributeValue>): PeerConnection {
  return { id: item.sk?.S ?? '', session: item.session?.S ?? '', at: Number(item.at?.N) };
}
