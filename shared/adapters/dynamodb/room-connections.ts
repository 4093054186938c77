/**
 * What socket.io needs of its connections, in their items:
 *
 *     asked     channels of the handshake's query       grant     JSON: what its token opens
 *     sid       its connection to the namespace         session   there where it recovers
 *     holder, heldUntil                                 who feeds it, and the end of that lease
 *     places    by channel: "<since> <at>"              news      how often its feeder was told that there is more
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { formatCursor, parseCursor } from '../../core/cursor.ts';
import type { Place, Places, RoomConnection, RoomConnections } from '../../rooms/ports.ts';
import { toConnection } from './connections.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

type Item = Record<string, AttributeValue>;

export function makeRoomConnections(table: Table): RoomConnections {
  const { client, name: TableName } = table;

  const read = async (id: string): Promise<Item | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: keys.connection(id), ConsistentRead: true }),
    );
    return Item;
  };

  return {
    async put({ id, at, asked, grant }) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.connection(id),
            at: number(at),
            dialect: { S: 'socket.io' },
            live: { BOOL: false },
            news: number(0),
            ...(asked.length > 0 && { asked: { SS: [...asked] } }),
            ...(grant && { grant: { S: JSON.stringify(grant) } }),
            ...(grant?.until !== undefined && { until: number(grant.until) }),
            exp: expiry.connection(at),
          },
        }),
      );
    },

    async get(id) {
      const item = await read(id);
      return item && toRoomConnection(item);
    },

    accept: (id, { sid, grant, session, hold }) => {
      const set = ['sid = :sid', '#grant = :grant', 'places = :places'];
      if (grant.until !== undefined) set.push('#until = :until');
      if (session !== undefined) set.push('#session = :session');
      if (hold) set.push('holder = :by', 'heldUntil = :end');
      return conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            // A token of the handshake that was replaced by one without an end must not end it.
            UpdateExpression: `SET ${set.join(', ')}${grant.until === undefined ? ' REMOVE #until' : ''}`,
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(sid) OR sid = :sid)',
            ExpressionAttributeNames: {
              '#grant': 'grant',
              '#until': 'until',
              ...(session !== undefined && { '#session': 'session' }),
            },
            ExpressionAttributeValues: {
              ':sid': { S: sid },
              ':grant': { S: JSON.stringify(grant) },
              ':places': { M: {} },
              ...(grant.until !== undefined && { ':until': number(grant.until) }),
              ...(session !== undefined && { ':session': { S: session } }),
              ...(hold && { ':by': { S: hold.by }, ':end': number(hold.until) }),
            },
          }),
        ),
      );
    },

    addChannel: (id, channel, most) =>
      conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'ADD channels :channels',
            ConditionExpression:
              'attribute_exists(pk) AND ' +
              '(attribute_not_exists(channels) OR contains(channels, :channel) OR size(channels) < :most)',
            ExpressionAttributeValues: {
              ':channels': { SS: [channel] },
              ':channel': { S: channel },
              ':most': number(most),
            },
          }),
        ),
      ),

    async removeChannel(id, channel) {
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'DELETE channels :channels',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':channels': { SS: [channel] } },
          }),
        ),
      );
    },

    async hold(id, by, until) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET holder = :by, heldUntil = :until',
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(holder) OR holder = :by)',
            ExpressionAttributeValues: { ':by': { S: by }, ':until': number(until) },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return Attributes ? toRoomConnection(Attributes) : 'gone';
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      }
      const item = await read(id);
      if (!item) return 'gone';
      return Number(item.heldUntil?.N ?? Number.POSITIVE_INFINITY) <= table.now() ? 'lapsed' : 'held';
    },

    tell: (id) =>
      conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'ADD news :one',
            ConditionExpression: 'attribute_exists(holder) AND heldUntil > :now',
            ExpressionAttributeValues: { ':one': number(1), ':now': number(table.now()) },
          }),
        ),
      ),

    async letGo(id, by, places, news) {
      const isDone = await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET places = :places REMOVE holder, heldUntil',
            ConditionExpression: 'holder = :by AND news = :news',
            ExpressionAttributeValues: {
              ':by': { S: by },
              ':news': number(news),
              ':places': { M: fromPlaces(places) },
            },
          }),
        ),
      );
      if (isDone) return 'let-go';
      const item = await read(id);
      if (!item) return 'gone';
      // A write whose answer was lost is repeated by the SDK and then finds the lease given back.
      return item.holder?.S === by ? Number(item.news?.N) : 'let-go';
    },
  };
}

function toRoomConnection(item: Item): RoomConnection {
  return {
    ...toConnection(item),
    asked: item.asked?.SS ?? [],
    grant: item.grant?.S === undefined ? undefined : JSON.parse(item.grant.S),
    sid: item.sid?.S,
    session: item.session?.S,
    places: toPlaces(item.places?.M ?? {}),
    news: Number(item.news?.N ?? 0),
  };
}

function fromPlaces(places: Places): Item {
  return Object.fromEntries(
    [...places].map(([channel, { since, at }]) => [
      channel,
      { S: `${formatCursor(since)} ${formatCursor(at)}` },
    ]),
  );
}

function toPlaces(map: Item): Places {
  return new Map(Object.entries(map).map(([channel, { S = '' }]) => [channel, toPlace(S)]));
}

function toPlace(text: string): Place {
  const [since, at] = text.split(' ').map(parseCursor);
  if (!since || !at) throw new Error('a place in the table is no place');
  return { since, at };
}
