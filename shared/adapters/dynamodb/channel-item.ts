/** The channel item: numbering and membership version in one item, so that one write gives the exact seam of both. */
import { randomBytes } from 'node:crypto';
import { type AttributeValue, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { EPOCH_LENGTH } from '../../core/cursor.ts';
import type { Head } from '../../core/ports.ts';
import { expiry, hash, keys, number, type Table } from './table.ts';

/** Adds to the numbers given out and to the membership's version; starts an epoch where there is none. */
export async function addToChannel(table: Table, channel: string, seq: number, subs: number): Promise<Head> {
  const { Attributes } = await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: keys.channel(channel),
      UpdateExpression:
        'SET epoch = if_not_exists(epoch, :epoch), since = if_not_exists(since, :now), #exp = :exp ADD head :seq, subs :subs',
      ExpressionAttributeNames: { '#exp': 'exp' },
      ExpressionAttributeValues: {
        ':epoch': { S: newEpoch(channel) },
        ':now': number(table.now()),
        ':exp': expiry.channel(table, channel),
        ':seq': number(seq),
        ':subs': number(subs),
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  if (!Attributes) throw new Error('the channel write returned no item');
  return toHead(Attributes);
}

export async function readChannel(table: Table, channel: string): Promise<Head | undefined> {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: keys.channel(channel), ConsistentRead: true }),
  );
  return Item && toHead(Item);
}

function toHead(item: Record<string, AttributeValue>): Head {
  return {
    epoch: item.epoch?.S ?? '',
    seq: Number(item.head?.N ?? 0),
    since: Number(item.since?.N ?? 0),
    subs: Number(item.subs?.N ?? 0),
  };
}

const HALF = EPOCH_LENGTH / 2;

/** The first half tells the channel, so that a client's cursor can be judged without a read. */
function newEpoch(channel: string): string {
  return tagOf(channel) + randomBytes(HALF).toString('base64url').slice(0, HALF);
}

export function isEpochOf(channel: string, epoch: string): boolean {
  return epoch.startsWith(tagOf(channel));
}

function tagOf(channel: string): string {
  return hash(channel).slice(0, HALF);
}
