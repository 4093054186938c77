/** Sockets of peers on DynamoDB, spread over partitions that the minute's pass walks through. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { PeerConnection, PeerConnections } from '../../peers/ports.ts';
import { expiry, itemsUnder, keys, number, type Table } from './table.ts';

export function makePeerConnections(table: Table): PeerConnections {
  const { client, name: TableName } = table;
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
      for await (const item of itemsUnder(table, keys.peerPartition(partition))) yield toPeerConnection(item);
    },
  };
}

function toPeerConnection(item: Record<string, AttributeValue>): PeerConnection {
  return { id: item.sk?.S ?? '', session: item.session?.S ?? '', at: Number(item.at?.N) };
}
