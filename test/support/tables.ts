/** The twin's table, as a test reads and writes it past the relay. */
import {
  type AttributeValue,
  DynamoDBClient,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { type LogEntry, readLog } from '../../shared/core/read-log.ts';
import type { Twin } from './cloud.ts';

type Item = Record<string, AttributeValue>;

export class TwinTable {
  readonly #client: DynamoDBClient;
  readonly #name: string;

  constructor(twin: Twin) {
    const [name, ...others] = Object.values(twin.tables);
    if (name === undefined || others.length > 0) throw new Error('the relay was expected to have one table');
    this.#name = name;
    this.#client = new DynamoDBClient({
      endpoint: twin.awsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  }

  /** A tenant's whole log, as a reader gets it. */
  async log(tenant: string): Promise<LogEntry[]> {
    const table = { client: this.#client, name: this.#name, retentionSeconds: () => 86_400, now: Date.now };
    const entries: LogEntry[] = [];
    for await (const entry of readLog(makeEventLog(table), systemClock, `tenant:${tenant}`, 0))
      entries.push(entry);
    return entries;
  }

  /** Kinds of the items that speak of a connection: `S` for each subscription, `N` for the connection. */
  async traces(connection: string): Promise<string[]> {
    return (await this.#itemsOf(connection)).map(({ pk }) => pk?.S?.slice(0, 1) ?? '').sort();
  }

  /** Makes a connection look as if it had been opened that long ago. */
  async age(connection: string, seconds: number): Promise<void> {
    const at = { N: String(Date.now() - seconds * 1_000) };
    for (const { pk, sk } of await this.#itemsOf(connection)) {
      if (!pk || !sk) continue;
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: { pk, sk },
          UpdateExpression: 'SET #at = :at',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': at },
        }),
      );
    }
  }

  /** Makes a session of two peers look as if both had come that long ago. */
  async agePeers(session: string, seconds: number): Promise<void> {
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#name,
        Key: { pk: { S: `E#${session}` }, sk: { S: 'E' } },
        UpdateExpression: 'SET #client.#at = :at, #server.#at = :at',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#client': 'client', '#server': 'server', '#at': 'at' },
        ExpressionAttributeValues: { ':at': { N: String(Date.now() - seconds * 1_000) } },
      }),
    );
  }

  /** Whether there is an item of this sort key. */
  async has(sortKey: string): Promise<boolean> {
    return (await this.#itemsOf(sortKey)).length > 0;
  }

  /** How many items speak of a connection. */
  async countConnections(): Promise<number> {
    return (await this.#items()).filter(({ pk }) => /^[NS]#/.test(pk?.S ?? '')).length;
  }

  /** When the leases of the streams' places end, epoch milliseconds. */
  async leases(): Promise<number[]> {
    return (await this.#leases()).map(({ until }) => Number(until?.N));
  }

  /** Lets all of these leases end now, as time would. */
  async endLeases(): Promise<void> {
    for (const { pk, sk } of await this.#leases()) {
      if (!pk || !sk) continue;
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#name,
          Key: { pk, sk },
          UpdateExpression: 'SET #until = :now',
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':now': { N: String(Date.now()) } },
        }),
      );
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #leases(): Promise<Item[]> {
    return (await this.#items()).filter(({ pk }) => pk?.S === 'P');
  }

  async #itemsOf(connection: string): Promise<Item[]> {
    return (await this.#items()).filter(({ sk }) => sk?.S === connection);
  }

  async #items(): Promise<Item[]> {
    const found: Item[] = [];
    const pages = paginateScan({ client: this.#client }, { TableName: this.#name, ConsistentRead: true });
    for await (const { Items = [] } of pages) found.push(...Items);
    return found;
  }
}
