/** Revocations on DynamoDB: the mark on the token, and a note for as long as one is under way. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { userOf } from '../../auth/opaque-token.ts';
import { parallel } from '../../core/parallel.ts';
import type { Revocation, Revocations } from '../../core/revoke.ts';
import { expiry, keys, number, type Table } from './table.ts';

type Item = Record<string, AttributeValue>;

const MARK_WIDTH = 16;

export function makeRevocations(table: Table): Revocations {
  const { client, name: TableName } = table;
  return {
    async note({ token, channel }, at) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: { ...keys.revocation(token), channel: { S: channel }, at: number(at) },
        }),
      );
    },
    async mark(token) {
      const user = userOf(token);
      if (user === undefined) throw new Error('what is to be revoked is no id of a token');
      const item = await markOne(table, user, token);
      if (item?.kind?.S !== 'session') return new Set([token]);
      // Marked first, the session gives out no token any more that this would not find.
      const others = await idsOf(table, user);
      await parallel(others, MARK_WIDTH, async (id) => void (await markOne(table, user, id)));
      return new Set([token, ...others]);
    },
    async forget(token) {
      await client.send(new DeleteItemCommand({ TableName, Key: keys.revocation(token) }));
    },
    async unfinished(before) {
      const found: Revocation[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk',
          FilterExpression: '#at < :before',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':pk': keys.revocations(), ':before': number(before) },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) {
        for (const item of Items ?? [])
          found.push({ token: item.sk?.S ?? '', channel: item.channel?.S ?? '' });
      }
      return found;
    },
  };
}

/** The token as it is now; undefined where DynamoDB has deleted it, some time after it expired. */
async function markOne(table: Table, user: string, token: string): Promise<Item | undefined> {
  try {
    const { Attributes } = await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: keys.token(user, token),
        // Remembered no longer than a repeat may take, or a user could fill the table with what is of no use to anybody.
        UpdateExpression: 'SET revoked = if_not_exists(revoked, :now), #exp = :until',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#exp': 'exp' },
        ExpressionAttributeValues: { ':now': number(table.now()), ':until': expiry.revoked(table) },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** The ids of all of a user's tokens, whatever their state. */
async function idsOf({ client, name: TableName }: Table, user: string): Promise<string[]> {
  const found: string[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :token)',
      ExpressionAttributeValues: { ':pk': keys.credentials(user), ':token': { S: 'T#' } },
      ProjectionExpression: 'sk',
      ConsistentRead: true,
    },
  );
  for await (const { Items } of pages) {
    for (const { sk } of Items ?? []) found.push(sk?.S?.slice('T#'.length) ?? '');
  }
  return found;
}
