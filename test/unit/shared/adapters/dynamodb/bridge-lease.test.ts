/** The bridges' lease on DynamoDB, the same in memory, and the outages' items. */
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeLeases, makeOutages } from '../../../../../shared/adapters/dynamodb/bridge-lease.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import { memoryLeases, memoryOutages, nothingNoted } from '../../../../support/memory-leases.ts';
import { leasesConformance } from '../../leases-conformance.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

leasesConformance('memory', () => memoryLeases(nothingNoted()));
leasesConformance('DynamoDB', async () => {
  const { client, name: TableName } = local.table;
  await client.send(new DeleteItemCommand({ TableName, Key: keys.bridge() }));
  return makeLeases(local.table);
});

describe('the item of the lease', () => {
  it('never expires: without it nobody would know since when nothing was heard', async () => {
    await makeLeases(local.table).take('a', await makeLeases(local.table).read());
    const items = (await local.items()).filter(({ pk }) => pk?.S === 'B');
    expect(items).toHaveLength(1);
    expect(Object.keys(items[0] ?? {})).not.toContain('exp');
  });
});

describe('an outage', () => {
  const FROM = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
  const outages = async () => (await local.items()).filter(({ pk }) => pk?.S === 'O');

  beforeEach(async () => {
    const { client, name: TableName } = local.table;
    for (const { pk, sk } of await outages()) {
      if (pk && sk) await client.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
    }
  });

  it('is one item of its beginning, kept for 30 days, however often it is recorded', async () => {
    const { record } = makeOutages(local.table);
    await record({ from: FROM, to: FROM + 9_000 });
    await record({ from: FROM, to: FROM + 9_000 });
    expect(await outages()).toEqual([
      {
        pk: { S: 'O' },
        sk: { S: '2026-11-21T23:59:59.999Z' },
        until: { S: '2026-11-22T00:00:08.999Z' },
        exp: { N: String(Math.floor(local.clock.now / 1_000) + 30 * 86_400) },
      },
    ]);
  });

  it('that goes on ends where it was recorded last', async () => {
    const noted = nothingNoted();
    for (const { record } of [makeOutages(local.table), memoryOutages(noted)]) {
      await record({ from: FROM, to: FROM + 1_000 });
      await record({ from: FROM, to: FROM + 2_000 });
      await record({ from: FROM + 1, to: FROM + 3_000 });
    }
    expect((await outages()).map(({ until }) => until?.S).toSorted()).toEqual([
      new Date(FROM + 2_000).toISOString(),
      new Date(FROM + 3_000).toISOString(),
    ]);
    expect([...noted.outages.values()].map(({ to }) => to)).toEqual([FROM + 2_000, FROM + 3_000]);
  });
});
