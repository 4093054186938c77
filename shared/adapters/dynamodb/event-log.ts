/** The event log on DynamoDB. Each method is one write or one read; only a refused write reads why it was refused. */
import {
  type AttributeValue,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Claim, EventLog, Slot } from '../../core/ports.ts';
import { addToChannel, isEpochOf, readChannel } from './channel-item.ts';
import { conditional, expiry, keys, LOG_MARGIN_SECONDS, number, slotKey, type Table } from './table.ts';

export function makeEventLog(table: Table): EventLog {
  const { client, name: TableName } = table;

  const query = async (channel: string, epoch: string, from: number, to: number, last = false) => {
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': keys.log(channel, epoch),
          ':from': { S: slotKey(from) },
          ':to': { S: slotKey(to) },
        },
        ConsistentRead: true,
        ...(last ? { ScanIndexForward: false, Limit: 1 } : {}),
      }),
    );
    return Items ?? [];
  };

  const readClaim = async (channel: string, name: string): Promise<Claim | undefined> => {
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: keys.name(channel, name), ConsistentRead: true }),
    );
    return Item && toClaim(Item);
  };

  return {
    retentionMs: (channel) => table.retentionSeconds(channel) * 1_000,
    advance: (channel, count) => addToChannel(table, channel, count, 0),
    head: (channel) => readChannel(table, channel),
    // An expired slot that is still there is as true as ever, and to a reader under way it must not vanish.
    slots: async (channel, epoch, from, to) => (await query(channel, epoch, from, to)).map(toSlot),
    slotAt: async (channel, epoch, seq) => (await query(channel, epoch, 1, seq, true)).map(toSlot)[0],
    owns: isEpochOf,
    async reaches(channel, epoch, seq) {
      const [slot] = await query(channel, epoch, 1, seq, true);
      return Number(slot?.exp?.N ?? 0) - LOG_MARGIN_SECONDS > table.now() / 1_000;
    },

    async putSlot(channel, epoch, slot) {
      const Key = keys.slot(channel, epoch, slot.first);
      const events = slot.events.map(
        (json): AttributeValue => (json === null ? { NULL: true } : { S: json }),
      );
      const written = await conditional(
        client.send(
          new PutItemCommand({
            TableName,
            Item: { ...Key, events: { L: events }, exp: expiry.log(table, channel) },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      );
      if (written) return true;
      // A write whose answer was lost is repeated by the SDK and then meets itself.
      const { Item } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
      return Item !== undefined && sameEvents(toSlot(Item), slot);
    },

    async claim(channel, name, claim) {
      const Key = keys.name(channel, name);
      const taken = await conditional(
        client.send(
          new PutItemCommand({
            TableName,
            Item: { ...Key, ...fromClaim(claim), exp: expiry.name(table, channel) },
            ConditionExpression: 'attribute_not_exists(pk) OR #exp <= :now OR epoch <> :epoch',
            ExpressionAttributeNames: { '#exp': 'exp' },
            ExpressionAttributeValues: { ':now': expiry.now(table), ':epoch': { S: claim.epoch } },
          }),
        ),
      );
      if (taken) return 'claimed';
      const held = await readClaim(channel, name);
      if (!held) throw new Error('a name was refused and is not there');
      return held;
    },

    moveClaim: (channel, name, from, to) =>
      conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.name(channel, name),
            UpdateExpression: 'SET epoch = :epoch, #first = :first, #size = :size, seq = :seq, #exp = :exp',
            ConditionExpression: 'epoch = :held AND #first = :heldFirst AND attribute_not_exists(done)',
            ExpressionAttributeNames: { '#first': 'first', '#size': 'size', '#exp': 'exp' },
            ExpressionAttributeValues: {
              ':epoch': { S: to.epoch },
              ':first': number(to.first),
              ':size': number(to.size),
              ':seq': number(to.seq),
              ':exp': expiry.name(table, channel),
              ':held': { S: from.epoch },
              ':heldFirst': number(from.first),
            },
          }),
        ),
      ),

    async settleClaim(channel, name, claim) {
      // Refused: the name has moved on, and whoever holds it settles it.
      await conditional(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: keys.name(channel, name),
            UpdateExpression: 'SET done = :done',
            ConditionExpression: 'epoch = :epoch AND #first = :first',
            ExpressionAttributeNames: { '#first': 'first' },
            ExpressionAttributeValues: {
              ':done': { BOOL: true },
              ':epoch': { S: claim.epoch },
              ':first': number(claim.first),
            },
          }),
        ),
      );
    },
  };
}

function toSlot(item: Record<string, AttributeValue>): Slot {
  return { first: Number(item.sk?.S), events: (item.events?.L ?? []).map((event) => event.S ?? null) };
}

function sameEvents(a: Slot, b: Slot): boolean {
  return a.events.length === b.events.length && a.events.every((event, index) => event === b.events[index]);
}

function fromClaim(claim: Claim): Record<string, AttributeValue> {
  return {
    epoch: { S: claim.epoch },
    first: number(claim.first),
    size: number(claim.size),
    seq: number(claim.seq),
  };
}

function toClaim(item: Record<string, AttributeValue>): Claim {
  return {
    epoch: item.epoch?.S ?? '',
    first: Number(item.first?.N),
    size: Number(item.size?.N),
    seq: Number(item.seq?.N),
    done: item.done?.BOOL === true,
  };
}
