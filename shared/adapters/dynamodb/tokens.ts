/** Users' tokens on DynamoDB. One item a token, by its user, so that all that is asked of it is one conditional write. */
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from '@aws-sdk/client-dynamodb';
import { type OpaqueToken, userOf } from '../../auth/opaque-token.ts';
import type { ListedToken, TokenRecord, Tokens } from '../../auth/tokens.ts';
import { timeWrite } from './rates.ts';
import { expiry, keys, number, type Table } from './table.ts';

export function makeTokens(table: Table): Tokens {
  const { client, name: TableName } = table;

  const read = async (id: string) => {
    const user = userOf(id);
    if (user === undefined) return undefined;
    const { Item } = await client.send(
      new GetItemCommand({ TableName, Key: keys.token(user, id), ConsistentRead: true }),
    );
    return Item;
  };
  const stateOf = (item: Item): ListedToken['state'] => {
    if (Number(item.exp?.N) * 1_000 <= table.now()) return 'expired';
    return item.revoked === undefined ? 'active' : 'revoked';
  };
  const opens = (item: Item): boolean => stateOf(item) === 'active';

  return {
    async put({ id, user, kind, scopes, createdAt, exp }, hash) {
      await client.send(
        new PutItemCommand({
          TableName,
          Item: {
            ...keys.token(user, id),
            kind: { S: kind },
            hash: { S: hash },
            scopes: { L: scopes.map((scope) => ({ S: scope })) },
            at: number(createdAt),
            exp: number(exp),
          },
        }),
      );
    },

    bucketOf: ({ id, user, kind, hash }: OpaqueToken) => ({
      async move(form, time) {
        const item = await timeWrite(table, keys.token(user, id), form, time, {
          condition: '#hash = :hash AND #kind = :kind AND #exp > :seconds AND attribute_not_exists(revoked)',
          names: { '#hash': 'hash', '#kind': 'kind', '#exp': 'exp' },
          values: { ':hash': { S: hash }, ':kind': { S: kind }, ':seconds': expiry.now(table) },
        });
        return item && { time: Number(item.tat?.N), outcome: toRecord(item) };
      },
      async look() {
        const item = await read(id);
        if (!item || !opens(item) || item.hash?.S !== hash || item.kind?.S !== kind) return 'no-bucket';
        return item.tat && Number(item.tat.N);
      },
    }),

    async isActive(id) {
      const item = await read(id);
      return item !== undefined && opens(item);
    },

    async get(id) {
      const item = await read(id);
      return item && { record: toRecord(item), hash: item.hash?.S ?? '', isActive: opens(item) };
    },

    async delete(id) {
      const user = userOf(id);
      if (user === undefined) return;
      await client.send(new DeleteItemCommand({ TableName, Key: keys.token(user, id) }));
    },

    async list(user, kind, most) {
      const found: ListedToken[] = [];
      let unexpired = 0;
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :token)',
          ExpressionAttributeValues: { ':pk': keys.credentials(user), ':token': { S: 'T#' } },
          ConsistentRead: true,
        },
      );
      for await (const { Items } of pages) {
        for (const item of Items ?? []) {
          if (item.kind?.S !== kind) continue;
          const state = stateOf(item);
          found.push({ ...toRecord(item), state });
          if (state !== 'expired') unexpired += 1;
          if (unexpired === most) return found;
        }
      }
      return found;
    },
  };
}

type Item = Readonly<Record<string, AttributeValue>>;

function toRecord(item: Item): TokenRecord {
  const id = item.sk?.S?.slice('T#'.length) ?? '';
  return {
    id,
    user: userOf(id) ?? '',
    kind: item.kind?.S === 'session' ? 'session' : 'hook',
    scopes: (item.scopes?.L ?? []).flatMap((scope) => scope.S ?? []),
    createdAt: Number(item.at?.N),
    exp: Number(item.exp?.N),
  };
}
