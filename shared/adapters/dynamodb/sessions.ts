/** Sessions of socket.io clients on DynamoDB, under a hash of their id: whoever knows that has its rooms. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  type PutItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { formatCursor, parseCursor } from '../../core/cursor.ts';
import type { Session, Sessions } from '../../rooms/ports.ts';
import { conditional, expiry, keys, type Table } from './table.ts';

export function makeSessions(table: Table): Sessions {
  const { client, name: TableName } = table;

  const write = (id: string, session: Session): PutItemCommandInput => ({
    TableName,
    Item: {
      ...keys.session(id),
      connection: { S: session.connection },
      sid: { S: session.sid },
      since: {
        M: Object.fromEntries(
          [...session.since].map(([channel, cursor]) => [channel, { S: formatCursor(cursor) }]),
        ),
      },
      exp: expiry.session(table, session.since.keys()),
    },
  });

  return {
    async get(id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.session(id), ConsistentRead: true }),
      );
      return Item && Number(Item.exp?.N) > table.now() / 1_000 ? toSession(Item) : undefined;
    },
    async create(id, session) {
      await client.send(new PutItemCommand(write(id, session)));
    },
    update: (id, session, before) =>
      conditional(
        client.send(
          new PutItemCommand({
            ...write(id, session),
            ConditionExpression: '#connection IN (:own, :before)',
            ExpressionAttributeNames: { '#connection': 'connection' },
            ExpressionAttributeValues: {
              ':own': { S: session.connection },
              ':before': { S: before ?? session.connection },
            },
          }),
        ),
      ),
    async delete(id, connection) {
      await conditional(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: keys.session(id),
            ConditionExpression: '#connection = :own',
            ExpressionAttributeNames: { '#connection': 'connection' },
            ExpressionAttributeValues: { ':own': { S: connection } },
          }),
        ),
      );
    },
  };
}

function toSession(item: Record<string, AttributeValue>): Session {
  const since = Object.entries(item.since?.M ?? {}).map(([channel, { S = '' }]) => {
    const cursor = parseCursor(S);
    if (!cursor) throw new Error('a session in the table has no cursor where one belongs');
    return [channel, cursor] as const;
  });
  return { connection: item.connection?.S ?? '', sid: item.sid?.S ?? '', since: new Map(since) };
}
