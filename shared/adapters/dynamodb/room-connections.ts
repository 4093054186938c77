/**
 * What socket.io needs of its connections, in their items:
 *
 *     asked       channels of the handshake's query      grant     JSON: what its token opens
 *     sid         its connection to the namespace        session   there where it recovers
 *     wishes      by hash of a channel: the stamp of what its client last wished of it
 *     holder, heldUntil                                  who has the lease on it, and its end
 *     positions   by channel: "<since> <at>"             told      channels that the holder was told of
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { formatCursor, parseCursor } from '../../core/cursor.ts';
import type { Position, Positions, RoomConnection, RoomConnections } from '../../rooms/ports.ts';
import { toConnection } from './connections.ts';
import { conditional, expiry, hash, keys, number, type Table } from './table.ts';

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
            wishes: { M: {} },
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
      const { until } = grant;
      const set = [
        ...['sid = :sid', '#grant = :grant', 'live = :live', 'positions = :positions'],
        ...['holder = :by', 'heldUntil = :end'],
        ...(until === undefined ? [] : ['#until = :until']),
        ...(session === undefined ? [] : ['#session = :session']),
      ];
      return conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            // A token of the handshake that was replaced by one without an end must not end it.
            UpdateExpression: `SET ${set.join(', ')}${until === undefined ? ' REMOVE #until' : ''}`,
            ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(sid) OR holder = :by)',
            ExpressionAttributeNames: {
              '#grant': 'grant',
              '#until': 'until',
              ...(session !== undefined && { '#session': 'session' }),
            },
            ExpressionAttributeValues: {
              ':sid': { S: sid },
              ':grant': { S: JSON.stringify(grant) },
              ':live': { BOOL: true },
              ':positions': { M: {} },
              ':by': { S: hold.by },
              ':end': number(hold.until),
              ...(until !== undefined && { ':until': number(until) }),
              ...(session !== undefined && { ':session': { S: session } }),
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

    async wish(id, channel, stamp, most) {
      const key = wishKey(channel);
      const isNoted = await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET wishes.#channel = :stamp',
            ConditionExpression:
              'attribute_exists(pk) AND (wishes.#channel <= :stamp OR ' +
              '(attribute_not_exists(wishes.#channel) AND size(wishes) < :most))',
            ExpressionAttributeNames: { '#channel': key },
            ExpressionAttributeValues: { ':stamp': number(stamp), ':most': number(most) },
          }),
        ),
      );
      if (isNoted) return 'noted';
      const item = await read(id);
      if (!item) return 'gone';
      return item.wishes?.M?.[key] ? 'older' : 'full';
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

    tell: (id, channels) =>
      conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'ADD told :channels',
            ConditionExpression: 'attribute_exists(holder) AND heldUntil > :now',
            ExpressionAttributeValues: { ':channels': { SS: [...channels] }, ':now': number(table.now()) },
          }),
        ),
      ),

    async letGo(id, by, positions) {
      const isDone = await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'SET positions = :positions REMOVE holder, heldUntil',
            ConditionExpression: 'holder = :by AND attribute_not_exists(told)',
            ExpressionAttributeValues: { ':by': { S: by }, ':positions': { M: fromPositions(positions) } },
          }),
        ),
      );
      if (isDone) return 'let-go';
      const item = await read(id);
      if (!item) return 'gone';
      // A write whose answer was lost is repeated by the SDK and then finds the lease given back.
      return item.holder?.S === by ? 'told' : 'let-go';
    },

    async takeTold(id, by) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.connection(id),
            UpdateExpression: 'REMOVE told',
            ConditionExpression: 'holder = :by',
            ExpressionAttributeValues: { ':by': { S: by } },
            ReturnValues: 'ALL_OLD',
          }),
        );
        // None: an attempt before this one took them, and its answer was lost.
        return Attributes?.told?.SS && new Set(Attributes.told.SS);
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
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
    positions: toPositions(item.positions?.M ?? {}),
    wishOf: (channel) => {
      const stamp = item.wishes?.M?.[wishKey(channel)]?.N;
      return stamp === undefined ? undefined : Number(stamp);
    },
  };
}

/** Short, since a socket may have wished for many. */
function wishKey(channel: string): string {
  return hash(channel).slice(0, 12);
}

function fromPositions(positions: Positions): Item {
  return Object.fromEntries(
    [...positions].map(([channel, { since, at }]) => [
      channel,
      { S: `${formatCursor(since)} ${formatCursor(at)}` },
    ]),
  );
}

function toPositions(map: Item): Positions {
  return new Map(Object.entries(map).map(([channel, { S = '' }]) => [channel, toPosition(S)]));
}

function toPosition(text: string): Position {
  const [since, at] = text.split(' ').map(parseCursor);
  if (!since || !at) throw new Error('a place in the table is no place');
  return { since, at };
}
