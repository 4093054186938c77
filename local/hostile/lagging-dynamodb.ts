/**
 * A DynamoDB whose eventually consistent reads are really late: they, and all reads of an index, are answered from a replica that
 * hears of each write a moment after it. Strongly consistent reads and all writes go to the leader.
 */

import { type AwsAnswer, errorAnswer } from '../aws/answer.ts';
import type { AwsRequest, AwsService } from '../aws/call.ts';
import type { DynamoDb } from '../aws/dynamodb.ts';
import type { Need } from '../aws/policy.ts';
import { isObject, type JsonObject, parseJson, toList, toObjects, toText } from '../json.ts';
import type { TableSpec } from '../stack/tables.ts';

const READS = new Set(['GetItem', 'Query', 'Scan']);
const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

export class LaggingDynamoDb implements AwsService {
  readonly #leader: DynamoDb;
  readonly #replica: DynamoDb;
  readonly #keyNames: Map<string, string[]>;
  readonly #lagMs: () => number;
  readonly #pending = new Set<NodeJS.Timeout>();
  #isClosed = false;
  /** One copy at a time, or an older one might be written last. */
  #copying = Promise.resolve();

  constructor(leader: DynamoDb, replica: DynamoDb, tables: TableSpec[], lagMs: () => number) {
    this.#leader = leader;
    this.#replica = replica;
    this.#lagMs = lagMs;
    this.#keyNames = new Map(
      tables.map(({ physicalName, createRequest }) => [physicalName, keyNames(createRequest)]),
    );
  }

  operationOf(method: string, path: string, headers: AwsRequest['headers']): string {
    return this.#leader.operationOf(method, path, headers);
  }

  needs(request: AwsRequest): Need[] {
    return this.#leader.needs(request);
  }

  async answer(request: AwsRequest): Promise<AwsAnswer> {
    const { operation } = request;
    const body = parseJson(request.body.toString());
    if (!isObject(body)) return this.#leader.answer(request);
    if (READS.has(operation)) {
      const isStrong = body.ConsistentRead === true && body.IndexName === undefined;
      return (isStrong ? this.#leader : this.#replica).answer(request);
    }
    if (/^(Batch|Transact|Execute)/.test(operation)) {
      // Passing these on would leave the replica behind for ever, and nobody would notice.
      return errorAnswer(400, 'UnknownOperationException', `the hostile twin does not follow ${operation}`);
    }
    const answer = await this.#leader.answer(request);
    if (WRITES.has(operation) && answer.status === 200) this.#replicateLater(body);
    return answer;
  }

  /** The replica's, with what the leader has kept from an earlier start. */
  async createTables(tables: TableSpec[]): Promise<void> {
    await this.#replica.createTables(tables);
    for (const { physicalName: TableName } of tables) {
      let page: JsonObject = {};
      do {
        const { LastEvaluatedKey } = page;
        page = await this.#leader.run('Scan', {
          TableName,
          ...(LastEvaluatedKey ? { ExclusiveStartKey: LastEvaluatedKey } : {}),
        });
        for (const Item of toList(page.Items, TableName))
          await this.#replica.run('PutItem', { TableName, Item });
      } while (page.LastEvaluatedKey);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
    await this.#copying;
    await this.#replica.close();
  }

  #replicateLater({ TableName, Key, Item }: JsonObject): void {
    // A write may still have been under way.
    if (this.#isClosed) return;
    const source = isObject(Key) ? Key : isObject(Item) ? Item : {};
    const key = Object.fromEntries(
      (this.#keyNames.get(String(TableName)) ?? []).map((name) => [name, source[name]]),
    );
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      this.#copying = this.#copying.then(() => this.#replicate(String(TableName), key));
    }, this.#lagMs());
    this.#pending.add(timer);
  }

  /** Copies the item as it is by now, or its absence. An item's copy never goes back in time. */
  async #replicate(TableName: string, Key: JsonObject): Promise<void> {
    const { Item } = await this.#leader.run('GetItem', { TableName, Key, ConsistentRead: true });
    if (Item === undefined) await this.#replica.run('DeleteItem', { TableName, Key });
    else await this.#replica.run('PutItem', { TableName, Item });
  }
}

function keyNames({ KeySchema, TableName }: JsonObject): string[] {
  return toObjects(KeySchema, String(TableName)).map(({ AttributeName }) =>
    toText(AttributeName, 'AttributeName'),
  );
}
