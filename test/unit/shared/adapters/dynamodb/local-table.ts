/** A table of its own on an in-process DynamoDB, with a clock that the test moves. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type AttributeValue, CreateTableCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { openTable, type Table } from '../../../../../shared/adapters/dynamodb/table.ts';

export interface LocalTable {
  readonly table: Table;
  readonly clock: { now: number };
  /** Everything that is stored. */
  items(): Promise<Record<string, AttributeValue>[]>;
  close(): Promise<void>;
}

/** Sets the environment that the adapter's client reads; the caller's test file runs in a process of its own. */
export async function openLocalTable(retentionSeconds: number): Promise<LocalTable> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  process.env.AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${port}`;
  process.env.AWS_REGION = 'eu-central-1';
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
  const clock = { now: 1_700_000_000_000 };
  const table = openTable({ name: 'relay', retentionSeconds: () => retentionSeconds, now: () => clock.now });
  await table.client.send(
    new CreateTableCommand({
      TableName: 'relay',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  return {
    table,
    clock,
    async items() {
      const found: Record<string, AttributeValue>[] = [];
      for await (const { Items = [] } of paginateScan({ client: table.client }, { TableName: table.name }))
        found.push(...Items);
      return found;
    },
    async close() {
      table.client.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
