/**
 * Peer sessions on DynamoDB: one item each. A write whose answer was lost is made again by the SDK, so the frames that were
 * counted last are in the item by name, each in a place that its name says; one is overwritten by another of the same place alone.
 * All of an item is written with each frame, and metered by the kilobyte: it is kept below one.
 */
import { createHash } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { boundsOf } from '../../peers/limits.ts';
import type { Peer, PeerSession, PeerSessions, Reason } from '../../peers/ports.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

type Item = Record<string, AttributeValue>;

const BYTES = { client: 'clientBytes', server: 'serverBytes' } as const;
const MARKS = 16;

/** Where a frame's name is kept. */
function markOf(by: string): string {
  return `f${(createHash('sha256').update(by).digest()[0] ?? 0) % MARKS}`;
}

export function makePeerSessions(table: Table): PeerSessions {
  const { client, name: TableName } = table;

  const read = async (id: string): Promise<Item | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: keys.peerSession(id), ConsistentRead: true }),
    );
    return Item;
  };

  /** A write of this very session; `values` and `names` beyond those of every such write. */
  const updateOf = (
    id: string,
    instance: string,
    update: string,
    condition: string,
    values: Item,
    names: Record<string, string> = {},
  ): UpdateItemCommandInput => ({
    TableName,
    Key: keys.peerSession(id),
    UpdateExpression: update,
    ConditionExpression: `#instance = :instance AND ${condition}`,
    ExpressionAttributeNames: { '#instance': 'instance', '#ended': 'ended', ...names },
    ExpressionAttributeValues: { ':instance': { S: instance }, ...values },
    ReturnValues: 'ALL_NEW',
  });

  const changed = async (input: UpdateItemCommandInput): Promise<Item | undefined> => {
    try {
      return (await client.send(new UpdateItemCommand(input))).Attributes;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  };

  return {
    async get(id) {
      const item = await read(id);
      return item && toSession(id, item);
    },

    open: (id, instance, peer) =>
      conditional(
        client.send(
          new PutItemCommand({
            TableName,
            Item: {
              ...keys.peerSession(id),
              instance: { S: instance },
              client: fromPeer(peer),
              lastAt: number(peer.at),
              bytes: number(0),
              exp: expiry.connection(peer.at),
            },
            // A repeat of it is refused as well, and whoever made it finds itself there: by then the session may be paired.
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      ),

    async pair(id, instance, peer) {
      const item = await changed(
        updateOf(
          id,
          instance,
          'SET #server = :peer, pairedAt = :at, spentUntil = :at, lastAt = :at, #exp = :exp',
          'attribute_not_exists(#ended) AND (attribute_not_exists(#server) OR #server.#connection = :connection)',
          {
            ':peer': fromPeer(peer),
            ':at': number(peer.at),
            ':exp': expiry.connection(peer.at),
            ':connection': { S: peer.connection },
          },
          { '#server': 'server', '#connection': 'connection', '#exp': 'exp' },
        ),
      );
      return item !== undefined;
    },

    async replace(id, instance, side, absent, peer) {
      const item = await changed(
        updateOf(
          id,
          instance,
          'SET #side = :peer, pairedAt = :at, spentUntil = :at, lastAt = :at, #exp = :exp',
          'attribute_not_exists(#ended) AND #side.#connection IN (:absent, :connection)',
          {
            ':peer': fromPeer(peer),
            ':at': number(peer.at),
            ':exp': expiry.connection(peer.at),
            ':absent': { S: absent },
            ':connection': { S: peer.connection },
          },
          { '#side': side, '#connection': 'connection', '#exp': 'exp' },
        ),
      );
      return item !== undefined;
    },

    async count({ session, instance, side }, connection, frame, peerLimits) {
      const { by, bytes, at } = frame;
      const { bytes: most, pairedAt, spentUntil, frameMs } = boundsOf(peerLimits, frame);
      const mark = markOf(by);
      const within = [
        ...(most === undefined ? [] : ['#bytes <= :most']),
        ...(pairedAt === undefined ? [] : ['pairedAt >= :pairedAt']),
        ...(spentUntil === undefined ? [] : ['spentUntil <= :spentUntil']),
      ];
      const item = await changed(
        updateOf(
          session,
          instance,
          'SET lastAt = :at, #mark = :by ADD #bytes :bytes, #own :bytes, frames :one, spentUntil :frameMs',
          [
            'attribute_not_exists(#ended) AND attribute_exists(#server) AND #side.#connection = :connection',
            '(attribute_not_exists(#mark) OR #mark <> :by)',
            ...within,
          ].join(' AND '),
          {
            ':at': number(at),
            ':by': { S: by },
            ':bytes': number(bytes),
            ':one': number(1),
            ':frameMs': number(frameMs),
            ':connection': { S: connection },
            ...(most !== undefined && { ':most': number(most) }),
            ...(pairedAt !== undefined && { ':pairedAt': number(pairedAt) }),
            ...(spentUntil !== undefined && { ':spentUntil': number(spentUntil) }),
          },
          {
            '#mark': mark,
            '#bytes': 'bytes',
            '#own': BYTES[side],
            '#side': side,
            '#server': 'server',
            '#connection': 'connection',
          },
        ),
      );
      if (item) return toSession(session, item);
      // A write whose answer was lost is repeated by the SDK and then meets itself.
      const found = await read(session);
      const isCounted = found?.[mark]?.S === by && found.instance?.S === instance && !found.ended;
      return found && isCounted ? toSession(session, found) : undefined;
    },

    async end(id, instance, { at, reason, by, since }) {
      // Nobody is alone who has been paired meanwhile.
      const unless = reason === 'alone' ? ' AND attribute_not_exists(#server)' : '';
      const item = await changed(
        updateOf(
          id,
          instance,
          'SET #ended = :ended',
          `(attribute_not_exists(#ended) OR #ended.#by = :by)${unless}`,
          {
            ':ended': {
              M: { at: number(at), reason: { S: reason }, by: { S: by }, since: number(since) },
            },
            ':by': { S: by },
          },
          { '#by': 'by', ...(unless && { '#server': 'server' }) },
        ),
      );
      return item && toSession(id, item);
    },

    async inherit(id, instance, from, { by, since }) {
      const item = await changed(
        updateOf(
          id,
          instance,
          'SET #ended.#by = :by, #ended.since = :since',
          '#ended.#by IN (:before, :by)',
          { ':before': { S: from }, ':by': { S: by }, ':since': number(since) },
          { '#by': 'by' },
        ),
      );
      return item !== undefined;
    },

    async remove(id, instance) {
      await conditional(
        client.send(
          new DeleteItemCommand({
            TableName,
            Key: keys.peerSession(id),
            ConditionExpression: '#instance = :instance AND attribute_exists(#ended)',
            ExpressionAttributeNames: { '#instance': 'instance', '#ended': 'ended' },
            ExpressionAttributeValues: { ':instance': { S: instance } },
          }),
        ),
      );
    },
  };
}

function fromPeer({ connection, at, until, token }: Peer): AttributeValue {
  return {
    M: {
      connection: { S: connection },
      at: number(at),
      ...(until !== undefined && { until: number(until) }),
      ...(token !== undefined && { token: { S: token } }),
    },
  };
}

function toPeer(peer: Item): Peer {
  return {
    connection: peer.connection?.S ?? '',
    at: Number(peer.at?.N),
    until: peer.until && Number(peer.until.N),
    token: peer.token?.S,
  };
}

function toSession(id: string, item: Item): PeerSession {
  const ended = item.ended?.M;
  return {
    id,
    instance: item.instance?.S ?? '',
    client: toPeer(item.client?.M ?? {}),
    server: item.server?.M && toPeer(item.server.M),
    pairedAt: item.pairedAt && Number(item.pairedAt.N),
    spentUntil: item.spentUntil && Number(item.spentUntil.N),
    lastAt: Number(item.lastAt?.N),
    bytes: { client: Number(item.clientBytes?.N ?? 0), server: Number(item.serverBytes?.N ?? 0) },
    frames: Number(item.frames?.N ?? 0),
    ended: ended && {
      at: Number(ended.at?.N),
      reason: ended.reason?.S as Reason,
      by: ended.by?.S ?? '',
      since: Number(ended.since?.N),
    },
  };
}
