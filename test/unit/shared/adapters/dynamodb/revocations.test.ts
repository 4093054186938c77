import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRevocations } from '../../../../../shared/adapters/dynamodb/revocations.ts';
import { keys } from '../../../../../shared/adapters/dynamodb/table.ts';
import { newToken, newUserId } from '../../../../../shared/auth/opaque-token.ts';
import type { Revocation, Revocations } from '../../../../../shared/core/revoke.ts';
import { issueToken } from './issue-token.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
let revocations: Revocations;
beforeAll(async () => {
  local = await openLocalTable(3_600);
  revocations = makeRevocations(local.table);
});
afterAll(() => local.close());

const itemOf = async (id: string) => (await local.items()).find(({ sk }) => sk?.S === `T#${id}`);

describe('the mark of a revocation', () => {
  it('bears the time of the first, and lets the token be forgotten an hour after the last', async () => {
    const { id } = await issueToken(local);
    const before = await itemOf(id);
    const first = local.clock.now;
    await revocations.mark(id);
    local.clock.now += 5_000;
    await revocations.mark(id);
    const exp = { N: String(Math.floor(local.clock.now / 1_000) + 3_600) };
    expect(await itemOf(id)).toEqual({ ...before, revoked: { N: String(first) }, exp });
  });

  it('on a session is one on every token of its user, and on nobody else’s', async () => {
    const user = newUserId();
    const session = await issueToken(local, { user, kind: 'session' });
    const hooks = [await issueToken(local, { user }), await issueToken(local, { user })];
    const other = await issueToken(local);
    const marked = await revocations.mark(session.id);
    expect([...marked].sort()).toEqual([session, ...hooks].map(({ id }) => id).sort());
    for (const id of marked) expect(await itemOf(id)).toHaveProperty('revoked');
    expect(await itemOf(other.id)).not.toHaveProperty('revoked');
  });

  it('on a hook token is one on it alone', async () => {
    const user = newUserId();
    const session = await issueToken(local, { user, kind: 'session' });
    const { id } = await issueToken(local, { user });
    expect(await revocations.mark(id)).toEqual(new Set([id]));
    expect(await itemOf(session.id)).not.toHaveProperty('revoked');
  });

  it('on a token that is not there any more is no failure and makes none', async () => {
    const before = await local.items();
    await revocations.mark(newToken('hook', newUserId()).id);
    expect(await local.items()).toEqual(before);
  });

  it.each(['', 'x', newUserId(), 'x'.repeat(10_240)])('on what is no id of a token fails: %j', async (id) => {
    await expect(revocations.mark(id)).rejects.toThrow('what is to be revoked is no id of a token');
  });

  it('fails where the table does', async () => {
    const elsewhere = makeRevocations({ ...local.table, name: 'no-such-table' });
    await expect(elsewhere.mark(newToken('hook', newUserId()).id)).rejects.toThrow(
      'Requested resource not found',
    );
  });
});

describe('the note of a revocation', () => {
  it('never expires: it is there until the revocation is finished', async () => {
    const { id } = await issueToken(local);
    await revocations.note({ token: id, channel: 'user:u1' }, local.clock.now);
    const { pk, sk } = keys.revocation(id);
    const note = (await local.items()).find((item) => item.pk?.S === pk.S && item.sk?.S === sk.S);
    expect(note).toEqual({ pk, sk, channel: { S: 'user:u1' }, at: { N: String(local.clock.now) } });
    await revocations.forget(id);
  });

  it('is found on whatever page it is', async () => {
    const noted: Revocation[] = [];
    const channel = `user:${'x'.repeat(100_000)}`;
    for (let n = 0; n < 12; n += 1) {
      const revocation = { token: newToken('hook', newUserId()).id, channel };
      noted.push(revocation);
      await revocations.note(revocation, local.clock.now);
    }
    // One that began later lies between the others on their pages.
    await local.table.client.send(
      new PutItemCommand({
        TableName: local.table.name,
        Item: {
          ...keys.revocation('u5'),
          channel: { S: 'user:later' },
          at: { N: String(local.clock.now + 9) },
        },
      }),
    );
    const found = await revocations.unfinished(local.clock.now + 1);
    const tokens = (list: readonly Revocation[]) => list.map(({ token }) => token).toSorted();
    expect(tokens(found)).toEqual(tokens(noted));
    expect(found.every((each) => each.channel === channel)).toBe(true);
  });
});
