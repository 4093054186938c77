/** Rates on DynamoDB: the one number of a bucket, moved on by one of two conditional writes. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Bucket, Form } from '../../auth/rate.ts';
import { expiry, keys, number, type Table } from './table.ts';

type Item = Record<string, AttributeValue>;

/** What else the write of a rate demands and does. */
export interface Besides {
  readonly condition?: string;
  readonly set?: string;
  readonly names: Record<string, string>;
  readonly values: Item;
}

/** Moves an item's `tat` on; the item, or undefined where a condition did not hold. Times are epoch microseconds. */
export async function timeWrite(
  table: Table,
  key: Item,
  form: Form,
  { now, interval, slack }: { now: number; interval: number; slack: number },
  besides: Besides,
): Promise<Item | undefined> {
  const [change, condition, values] =
    form === 'idle'
      ? ['tat = :next', '(attribute_not_exists(tat) OR tat <= :now)', { ':next': number(now + interval) }]
      : [
          'tat = tat + :interval',
          'tat > :now AND tat <= :most',
          { ':interval': number(interval), ':most': number(now + slack) },
        ];
  try {
    const { Attributes } = await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: key,
        UpdateExpression: `SET ${[change, besides.set].filter(Boolean).join(', ')}`,
        ConditionExpression: [condition, besides.condition].filter(Boolean).join(' AND '),
        ExpressionAttributeNames: besides.names,
        ExpressionAttributeValues: { ':now': number(now), ...values, ...besides.values },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return Attributes;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** The rate of an address among those of a group. */
export function addressBucket(table: Table, group: string, address: string): Bucket<undefined> {
  const key = keys.rate(group, address);
  return {
    async move(form, time) {
      const item = await timeWrite(table, key, form, time, {
        set: '#exp = :exp',
        names: { '#exp': 'exp' },
        values: { ':exp': expiry.rate(time.now / 1_000) },
      });
      return item && { time: Number(item.tat?.N), outcome: undefined };
    },
    async look() {
      const { Item } = await table.client.send(
        new GetItemCommand({ TableName: table.name, Key: key, ConsistentRead: true }),
      );
      return Item?.tat && Number(Item.tat.N);
    },
  };
}
