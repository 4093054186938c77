/** Peers' connections, and the records of what their sessions have used. */
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePeerConnections } from '../../../../../shared/adapters/dynamodb/peer-connections.ts';
import { makePeerSessions } from '../../../../../shared/adapters/dynamodb/peer-sessions.ts';
import { makePeerUsage } from '../../../../../shared/adapters/dynamodb/peer-usage.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import { limits } from '../../../../../shared/core/limits.ts';
import type { PeerConnection, PeerSession } from '../../../../../shared/peers/ports.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

const AT = Date.UTC(2026, 10, 21, 23, 59, 59, 999);

describe('peers’ connections', () => {
  it('are found by their id, and by their partition, until they are forgotten', async () => {
    const connections = makePeerConnections(local.table);
    const all = Array.from({ length: 40 }, (_, n) => ({ id: `c${n}`, session: `s${n % 3}`, at: AT + n }));
    for (const one of all) await connections.put(one);
    expect(await connections.get('c7')).toEqual(all[7]);
    await connections.delete('c7');
    expect(await connections.get('c7')).toBeUndefined();
    const found: PeerConnection[] = [];
    for (let partition = 0; partition < limits.connectionPartitions; partition += 1) {
      for await (const one of connections.inPartition(partition)) found.push(one);
    }
    const byTime = (a: PeerConnection, b: PeerConnection) => a.at - b.at;
    expect(found.toSorted(byTime)).toEqual(all.filter(({ id }) => id !== 'c7'));
  });
});

describe('the usage of a session', () => {
  const session: PeerSession = {
    id: 's1',
    instance: 'i1',
    client: { connection: 'a', at: AT - 60_000 },
    server: { connection: 'b', at: AT - 50_000 },
    pairedAt: AT - 50_000,
    lastAt: AT - 1,
    bytes: { client: 12, server: 34 },
    frames: 5,
    ended: { at: AT, reason: 'left', by: 'me', since: AT },
  };

  it('is one record of its day, however often it is written', async () => {
    const record = makePeerUsage(local.table);
    await record(session);
    await record(session);
    await record({ ...session, instance: 'i2', ended: { at: AT + 1, reason: 'gone', by: 'me', since: AT } });
    const { Items } = await local.table.client.send(
      new QueryCommand({
        TableName: local.table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: 'M#2026-11-21' } },
      }),
    );
    expect(Items).toEqual([
      {
        pk: { S: 'M#2026-11-21' },
        sk: { S: '2026-11-21T23:59:59.999Z#i1' },
        session: { S: 's1' },
        openedAt: { N: `${AT - 60_000}` },
        pairedAt: { N: `${AT - 50_000}` },
        endedAt: { N: `${AT}` },
        reason: { S: 'left' },
        clientBytes: { N: '12' },
        serverBytes: { N: '34' },
        frames: { N: '5' },
        exp: { N: expect.stringMatching(/^\d{10}$/) },
      },
    ]);
  });

  it('is refused for one that has not ended', async () => {
    const { ended: _, ...open } = session;
    await expect(makePeerUsage(local.table)(open)).rejects.toThrow('has not ended');
  });
});

describe('the item of a session', () => {
  it('stays within the kilobyte that one write of it is metered by', async () => {
    const sessions = makePeerSessions(local.table);
    const id = 'x'.repeat(64);
    const connection = (n: number) => `${n}`.repeat(16);
    const token = 'y'.repeat(43);
    const instance = '0'.repeat(36);
    await sessions.open(id, instance, { connection: connection(1), at: AT, until: AT, token });
    await sessions.pair(id, instance, { connection: connection(2), at: AT, until: AT, token });
    const place = { session: id, instance, side: 'client' } as const;
    for (let n = 0; n < 100; n += 1) {
      const frame = { by: `frame-${n}`.padEnd(12), bytes: 32_768, at: AT + n };
      await sessions.count(place, connection(1), frame, { framesPerSecond: 1_000 });
    }
    const { Item = {} } = await local.table.client.send(
      new GetItemCommand({ TableName: local.table.name, Key: keys.peerSession(id) }),
    );
    expect(Object.keys(Item).filter((name) => /^f\d+$/.test(name))).toHaveLength(16);
    // Its JSON is longer than what DynamoDB counts: names and values alone.
    expect(Buffer.byteLength(JSON.stringify(Item))).toBeLessThan(2_048);
    expect(sizeOf(Item)).toBeLessThan(1_024);
  });
});

/** As DynamoDB counts it: names and values in UTF-8, a number as half its digits and one more, three for a map and one for a member. */
function sizeOf(value: unknown): number {
  return Object.entries(value as Record<string, Record<string, unknown>>).reduce((sum, [name, typed]) => {
    const [[type, content] = ['', '']] = Object.entries(typed);
    const text = String(content);
    const size =
      type === 'M'
        ? 3 + sizeOf(content) + Object.keys(content as object).length
        : type === 'N'
          ? Math.ceil(text.length / 2) + 1
          : Buffer.byteLength(text);
    return sum + Buffer.byteLength(name) + size;
  }, 0);
}
