/** The bridges' lease and what they noted, on DynamoDB: one item that is renewed, and one for each outage. */
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Lease, Leases, Outages, Progress } from '../../arena/ports.ts';
import { conditional, expiry, keys, number, type Table } from './table.ts';

export function makeLeases({ client, name: TableName }: Table): Leases {
  /** Writes the next version; refused where another one has written since. A repeat finds its own version there. */
  const write = async (seen: Lease | undefined, next: Lease): Promise<Lease | undefined> => {
    const written = await conditional(
      client.send(
        new PutItemCommand({
          TableName,
          Item: toItem(next),
          ConditionExpression:
            '(version = :next AND holder = :holder) OR ' +
            (seen ? '(version = :seen AND holder = :before)' : 'attribute_not_exists(pk)'),
          ExpressionAttributeValues: {
            ':next': number(next.version),
            ':holder': { S: next.holder },
            ...(seen && { ':seen': number(seen.version), ':before': { S: seen.holder } }),
          },
        }),
      ),
    );
    return written ? next : undefined;
  };
  return {
    async read() {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.bridge(), ConsistentRead: true }),
      );
      return Item && fromItem(Item);
    },
    take: (holder, seen) =>
      write(seen, {
        version: (seen?.version ?? 0) + 1,
        holder,
        isFree: false,
        progress: seen?.progress ?? {},
      }),
    renew: (lease, progress, isFree) =>
      write(lease, { version: lease.version + 1, holder: lease.holder, isFree, progress }),
  };
}

export function makeOutages(table: Table): Outages {
  const { client, name: TableName } = table;
  return {
    async record({ from, to }) {
      const Item = {
        ...keys.outage(new Date(from).toISOString()),
        until: { S: new Date(to).toISOString() },
        exp: expiry.outage(table),
      };
      await client.send(new PutItemCommand({ TableName, Item }));
    },
  };
}

function toItem({ version, holder, isFree, progress }: Lease): Record<string, AttributeValue> {
  const { provenAt, position } = progress;
  return {
    ...keys.bridge(),
    version: number(version),
    holder: { S: holder },
    free: { BOOL: isFree },
    ...(provenAt !== undefined && { proven: number(provenAt) }),
    ...(position && { stream: { S: position.stream }, seq: number(position.seq) }),
  };
}

function fromItem(item: Record<string, AttributeValue>): Lease {
  const progress: Progress = {
    ...(item.proven && { provenAt: Number(item.proven.N) }),
    ...(item.stream && { position: { stream: item.stream.S ?? '', seq: Number(item.seq?.N) } }),
  };
  return {
    version: Number(item.version?.N),
    holder: item.holder?.S ?? '',
    isFree: item.free?.BOOL ?? false,
    progress,
  };
}
