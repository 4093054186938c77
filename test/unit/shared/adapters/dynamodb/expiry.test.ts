import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeConnections } from '../../../../../shared/adapters/dynamodb/connections.ts';
import { makeEventLog } from '../../../../../shared/adapters/dynamodb/event-log.ts';
import { makeMembership } from '../../../../../shared/adapters/dynamodb/membership.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import type { Claim } from '../../../../../shared/core/ports.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

// The table never deletes anything here: whatever has expired is still there, as it may be for days on DynamoDB.
let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

const hour = 3_600_000;
const claimOf = (first: number): Claim => ({ epoch: 'e1', first, size: 1, seq: first, done: false });

describe('after its retention time', () => {
  it('the log reaches back to a slot no more, one second before it still does', async () => {
    const log = makeEventLog(local.table);
    const { epoch } = await log.advance('slots', 2);
    await log.putSlot('slots', epoch, { first: 1, events: ['a'] });
    local.clock.now += hour - 1_000;
    await log.putSlot('slots', epoch, { first: 2, events: ['b'] });
    expect(await log.reaches('slots', epoch, 1)).toBe(true);
    local.clock.now += 1_000;
    expect(await log.reaches('slots', epoch, 1)).toBe(false);
    expect(await log.reaches('slots', epoch, 2)).toBe(true);
  });

  it('a slot is kept ten minutes more, for a reader that is on its way', async () => {
    const log = makeEventLog(local.table);
    const { epoch } = await log.advance('kept', 1);
    await log.putSlot('kept', epoch, { first: 1, events: ['a'] });
    const Key = keys.slot('kept', epoch, 1);
    const { Item } = await local.table.client.send(new GetItemCommand({ TableName: 'relay', Key }));
    expect(Number(Item?.exp?.N)).toBe(local.clock.now / 1_000 + 3_600 + 600);
    local.clock.now += hour;
    expect(await log.slots('kept', epoch, 1, 1)).toEqual([{ first: 1, events: ['a'] }]);
  });

  it('a name is free, also when it was done, and its new holder is not done', async () => {
    const log = makeEventLog(local.table);
    await log.claim('names', 'n', claimOf(1));
    await log.settleClaim('names', 'n', claimOf(1));
    local.clock.now += hour - 1_000;
    expect(await log.claim('names', 'n', claimOf(2))).toEqual({ ...claimOf(1), done: true });
    local.clock.now += 1_000;
    expect(await log.claim('names', 'n', claimOf(2))).toBe('claimed');
    expect(await log.claim('names', 'n', claimOf(3))).toEqual(claimOf(2));
  });

  it('a name that moved is held from its move on', async () => {
    const log = makeEventLog(local.table);
    await log.claim('moved', 'n', claimOf(1));
    local.clock.now += hour - 1_000;
    expect(await log.moveClaim('moved', 'n', claimOf(1), claimOf(2))).toBe(true);
    local.clock.now += hour - 1_000;
    expect(await log.claim('moved', 'n', claimOf(3))).toEqual(claimOf(2));
  });

  it('the numbering goes on for 48 hours more, so that it never restarts under a log', async () => {
    const log = makeEventLog(local.table);
    const { epoch } = await log.advance('head', 5);
    const { Item } = await local.table.client.send(
      new GetItemCommand({ TableName: 'relay', Key: keys.channel('head') }),
    );
    expect(Number(Item?.exp?.N)).toBe(local.clock.now / 1_000 + 3_600 + 172_800);
    local.clock.now += 2 * hour;
    expect(await log.advance('head', 1)).toMatchObject({ epoch, seq: 6, subs: 0 });
  });
});

describe('after two hours and ten minutes', () => {
  it('a subscription is listed no more; its connection is still found by the sweep', async () => {
    const membership = makeMembership(local.table);
    const connections = makeConnections(local.table);
    const at = local.clock.now;
    await membership.put('members', { connection: 'a=', at });
    await connections.put({ id: 'a=', at, channels: ['members'], dialect: 'plain', live: true });
    local.clock.now += 7_799_000;
    expect(await membership.list('members')).toEqual([{ connection: 'a=', at }]);
    local.clock.now += 1_000;
    expect(await membership.list('members')).toEqual([]);
    const found: string[] = [];
    for (let partition = 0; partition < 16; partition += 1) {
      for await (const { id } of connections.inPartition(partition)) found.push(id);
    }
    expect(found).toEqual(['a=']);
  });
});

describe('pages', () => {
  it('of members are read to the end', async () => {
    const membership = makeMembership(local.table);
    const ids = Array.from({ length: 900 }, (_, n) => `${'c'.repeat(900)}${String(n).padStart(4, '0')}`);
    const at = local.clock.now;
    for (let n = 0; n < ids.length; n += 50) {
      await Promise.all(
        ids.slice(n, n + 50).map((connection) => membership.put('pages', { connection, at })),
      );
    }
    expect((await membership.list('pages')).map(({ connection }) => connection)).toEqual(ids);
  }, 60_000);

  it('of slots may end early, but never skip one', async () => {
    const log = makeEventLog(local.table);
    const { epoch } = await log.advance('big', 6);
    for (let first = 1; first <= 6; first += 1) {
      await log.putSlot('big', epoch, { first, events: ['x'.repeat(300_000)] });
    }
    const firsts = (await log.slots('big', epoch, 1, 6)).map(({ first }) => first);
    expect(firsts.length).toBeGreaterThan(0);
    expect(firsts).toEqual([1, 2, 3, 4, 5, 6].slice(0, firsts.length));
  });
});
