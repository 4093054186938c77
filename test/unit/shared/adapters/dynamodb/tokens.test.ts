import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeRevocations } from '../../../../../shared/adapters/dynamodb/revocations.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import { makeTokens } from '../../../../../shared/adapters/dynamodb/tokens.ts';
import { newToken, newUserId } from '../../../../../shared/auth/opaque-token.ts';
import { Rates } from '../../../../../shared/auth/rate.ts';
import type { ListedToken, Tokens } from '../../../../../shared/auth/tokens.ts';
import { bucketConformance } from '../../bucket-conformance.ts';
import { issueToken } from './issue-token.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

// The table never deletes anything here: whatever has expired is still there, as it may be for days on DynamoDB.
let local: LocalTable;
let tokens: Tokens;
beforeAll(async () => {
  local = await openLocalTable(3_600);
  tokens = makeTokens(local.table);
});
afterAll(() => local.close());

bucketConformance("a token's, on DynamoDB", async () =>
  // Its conditions on time are those of the table's clock.
  tokens.bucketOf(await issueToken(local, { exp: 2_000_000_000 })),
);

const rate = { perSecond: 1, burst: 20 };
const hit = (token: Parameters<Tokens['bucketOf']>[0], by = new Rates(rate, () => local.clock.now)) =>
  by.hit(token.id, tokens.bucketOf(token));
const revoke = async (id: string): Promise<void> => void (await makeRevocations(local.table).mark(id));

describe('a token', () => {
  it('that opens something is known with all that was put on record', async () => {
    const { record, hash, ...token } = await issueToken(local, { kind: 'session', scopes: ['a', 'b'] });
    expect(await hit({ ...token, hash })).toEqual({ kind: 'passed', outcome: record });
    expect(await tokens.get(record.id)).toEqual({ record, hash, isActive: true });
    expect(await tokens.isActive(record.id)).toBe(true);
    expect(await tokens.list(record.user, 'session', 10)).toEqual([{ ...record, state: 'active' }]);
  });

  it('has the scopes that it was given, also none', async () => {
    const { record } = await issueToken(local, { scopes: [] });
    expect((await tokens.get(record.id))?.record.scopes).toEqual([]);
  });

  it('of a burst of 20 passes exactly 20 of 50 times at once, in one environment and in five', async () => {
    for (const count of [1, 5]) {
      const token = await issueToken(local);
      const environments = Array.from({ length: count }, () => new Rates(rate, () => local.clock.now));
      const hits = await Promise.all(
        Array.from({ length: 50 }, (_, n) => hit(token, environments[n % count])),
      );
      expect(hits.filter(({ kind }) => kind === 'passed')).toHaveLength(20);
      expect(hits.filter(({ kind }) => kind === 'refused')).toHaveLength(30);
    }
  });

  it('opens something until the second of its expiry and no longer', async () => {
    const token = await issueToken(local);
    const unused = await issueToken(local);
    const { id, user } = token;
    local.clock.now = token.record.exp * 1_000 - 1;
    expect(await hit(token)).toMatchObject({ kind: 'passed' });
    expect(await tokens.isActive(id)).toBe(true);
    expect(await tokens.list(user, 'hook', 10)).toMatchObject([{ state: 'active' }]);
    local.clock.now += 1;
    expect(await hit(token)).toEqual({ kind: 'no-bucket' });
    expect(await hit(unused)).toEqual({ kind: 'no-bucket' });
    expect(await tokens.isActive(id)).toBe(false);
    expect(await tokens.list(user, 'hook', 10)).toMatchObject([{ state: 'expired' }]);
    expect(await tokens.get(id)).toMatchObject({ record: token.record, isActive: false });
  });

  it('opens nothing once it is revoked, whether it was hit before or not', async () => {
    const [used, unused] = [await issueToken(local), await issueToken(local)];
    await hit(used);
    for (const token of [used, unused]) {
      await revoke(token.id);
      expect(await hit(token)).toEqual({ kind: 'no-bucket' });
      expect(await tokens.isActive(token.id)).toBe(false);
      expect(await tokens.get(token.id)).toMatchObject({ record: token.record, isActive: false });
    }
  });

  it('that is revoked while it is being hit is let in before its mark or not at all', async () => {
    const token = await issueToken(local);
    const early = Array.from({ length: 10 }, () => hit(token));
    const mark = revoke(token.id);
    const kinds = (await Promise.all(early)).map(({ kind }) => kind);
    await mark;
    expect(kinds.every((kind) => kind === 'passed' || kind === 'no-bucket')).toBe(true);
    expect(await hit(token)).toEqual({ kind: 'no-bucket' });
  });

  it('opens nothing with another secret or under another kind, and neither counts on its rate', async () => {
    const token = await issueToken(local, { kind: 'hook' });
    const forged = [
      { ...token, hash: newToken('hook', token.user).hash },
      { ...token, hash: '' },
      { ...token, kind: 'session' as const },
      { ...token, kind: 'ticket' as const },
    ];
    for (const each of forged) {
      for (let n = 0; n < 25; n += 1) expect(await hit(each)).toEqual({ kind: 'no-bucket' });
    }
    const by = new Rates(rate, () => local.clock.now);
    for (let n = 0; n < 20; n += 1) expect(await hit(token, by)).toMatchObject({ kind: 'passed' });
    expect(await hit(token, by)).toMatchObject({ kind: 'refused' });
  });

  it('that nobody has opens nothing, and asking after it leaves nothing behind', async () => {
    const before = await local.items();
    const nobodys = newToken('hook', newUserId());
    expect(await hit(nobodys)).toEqual({ kind: 'no-bucket' });
    expect(await tokens.isActive(nobodys.id)).toBe(false);
    expect(await tokens.get(nobodys.id)).toBeUndefined();
    expect(await local.items()).toEqual(before);
  });

  it.each(['', 'x', 'U', `${newUserId()}`, '\u{1F600}', 'x'.repeat(10_240)])(
    'is not what has no form of an id: %j',
    async (id) => {
      expect(await tokens.isActive(id)).toBe(false);
      expect(await tokens.get(id)).toBeUndefined();
    },
  );

  it('is deleted by DynamoDB when it has expired, and its rate does not put that off', async () => {
    const token = await issueToken(local);
    await hit(token);
    const Key = keys.token(token.user, token.id);
    const item = (await local.items()).find(({ sk }) => sk?.S === Key.sk.S);
    expect(item?.exp).toEqual({ N: String(token.record.exp) });
    expect(item?.tat).toBeDefined();
  });
});

describe('a list', () => {
  let user: string;
  beforeEach(() => {
    user = newUserId();
  });

  const idsOf = (found: readonly ListedToken[], state: ListedToken['state']): string[] =>
    found.filter((token) => token.state === state).map(({ id }) => id);

  it('has what opens something, was revoked or has expired, each so called, and not what is of another kind or another’s', async () => {
    const now = Math.floor(local.clock.now / 1_000);
    const first = await issueToken(local, { user });
    const second = await issueToken(local, { user, exp: now + 7_200 });
    const session = await issueToken(local, { user, kind: 'session' });
    const revoked = await issueToken(local, { user });
    await revoke(revoked.id);
    const expired = [
      await issueToken(local, { user, exp: now }),
      await issueToken(local, { user, exp: now - 86_400 }),
    ];
    await issueToken(local);
    const found = await tokens.list(user, 'hook', 100);
    expect(found).toHaveLength(5);
    expect(found).toEqual(
      expect.arrayContaining([
        { ...first.record, state: 'active' },
        { ...second.record, state: 'active' },
      ]),
    );
    expect(idsOf(found, 'revoked')).toEqual([revoked.id]);
    expect(idsOf(found, 'expired').sort()).toEqual(expired.map(({ id }) => id).sort());
    expect(await tokens.list(user, 'session', 100)).toEqual([{ ...session.record, state: 'active' }]);
    expect(await tokens.list(newUserId(), 'hook', 100)).toEqual([]);
  });

  it('has at most as many as are asked for of those that have not expired', async () => {
    for (let n = 0; n < 5; n += 1) await issueToken(local, { user });
    await revoke((await issueToken(local, { user })).id);
    expect(await tokens.list(user, 'hook', 3)).toHaveLength(3);
    expect(await tokens.list(user, 'hook', 6)).toHaveLength(6);
    expect(await tokens.list(user, 'hook', 7)).toHaveLength(6);
  });

  it('has none that was deleted', async () => {
    const { id } = await issueToken(local, { user });
    await tokens.delete(id);
    expect(await tokens.list(user, 'hook', 10)).toEqual([]);
    expect(await tokens.isActive(id)).toBe(false);
  });

  it('is read to its last page, also where a whole page is left out', async () => {
    const scopes = ['x'.repeat(100_000)];
    const kept: string[] = [];
    for (let n = 0; n < 24; n += 1) kept.push((await issueToken(local, { user, scopes })).id);
    const { LastEvaluatedKey } = await local.table.client.send(
      new QueryCommand({
        TableName: local.table.name,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': keys.credentials(user) },
      }),
    );
    expect(LastEvaluatedKey).toBeDefined();
    const ids = async () => idsOf(await tokens.list(user, 'hook', 100), 'active');
    expect((await ids()).toSorted()).toEqual(kept.toSorted());
    const [last = '', ...others] = kept.toSorted().toReversed();
    await Promise.all(others.map(revoke));
    expect(await ids()).toEqual([last]);
  });
});
