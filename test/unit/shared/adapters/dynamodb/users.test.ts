import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRevocations } from '../../../../../shared/adapters/dynamodb/revocations.ts';
import { makeTickets } from '../../../../../shared/adapters/dynamodb/tickets.ts';
import { makeTokens } from '../../../../../shared/adapters/dynamodb/tokens.ts';
import { makeUsers } from '../../../../../shared/adapters/dynamodb/users.ts';
import { newToken, newUserId } from '../../../../../shared/auth/opaque-token.ts';
import { Rates } from '../../../../../shared/auth/rate.ts';
import { redeem } from '../../../../../shared/auth/tickets.ts';
import { admit } from '../../../../../shared/auth/tokens.ts';
import { revoke } from '../../../../../shared/core/revoke.ts';
import { engineOn } from '../../../../support/engine.ts';
import { memoryWorld } from '../../../../support/memory-world.ts';
import { issueToken } from './issue-token.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

const itemsAt = async (pk: string) => (await local.items()).filter((item) => item.pk?.S === pk);

describe('a user', () => {
  it('is an item that ends with its session', async () => {
    const user = newUserId();
    await makeUsers(local.table).put(user, 1_700_000_000, 1_731_536_000);
    expect(await itemsAt(`U#${user}`)).toEqual([
      { pk: { S: `U#${user}` }, sk: { S: 'U' }, at: { N: '1700000000' }, exp: { N: '1731536000' } },
    ]);
  });
});

describe('the record of acts', () => {
  const request = { requestId: 'r-1', address: '192.0.2.1' };

  it('says who did what with which token, from where and when, for a year', async () => {
    const user = newUserId();
    const at = local.clock.now;
    await makeUsers(local.table).record({ ...request, user, what: 'token.issue', token: 'token-1' });
    const [item, ...others] = await itemsAt(`A#${user}`);
    expect(others).toEqual([]);
    expect(item).toEqual({
      pk: { S: `A#${user}` },
      sk: { S: expect.stringMatching(new RegExp(`^${new Date(at).toISOString()}#[0-9a-f-]{36}$`)) },
      what: { S: 'token.issue' },
      token: { S: 'token-1' },
      request_id: { S: 'r-1' },
      address: { S: '192.0.2.1' },
      exp: { N: String(at / 1_000 + 365 * 86_400) },
    });
  });

  it('names no token where none was concerned', async () => {
    const user = newUserId();
    await makeUsers(local.table).record({ ...request, user, what: 'user.create' });
    const [item] = await itemsAt(`A#${user}`);
    expect(Object.keys(item ?? {}).toSorted()).toEqual(['address', 'exp', 'pk', 'request_id', 'sk', 'what']);
  });

  it('has every act, also of one millisecond, in the order of time', async () => {
    const user = newUserId();
    const users = makeUsers(local.table);
    const acts = ['user.create', 'token.issue', 'ticket.issue', 'token.revoke'] as const;
    for (const what of acts) {
      await Promise.all([1, 2, 3].map(() => users.record({ ...request, user, what })));
      local.clock.now += 1;
    }
    const found = (await itemsAt(`A#${user}`)).toSorted((a, b) =>
      (a.sk?.S ?? '') < (b.sk?.S ?? '') ? -1 : 1,
    );
    expect(found.map(({ what }) => what?.S)).toEqual(acts.flatMap((what) => [what, what, what]));
  });
});

describe('the table', () => {
  it('holds no secret, whatever is done with tokens and tickets', async () => {
    const { table, clock } = local;
    const [users, tokens, tickets] = [makeUsers(table), makeTokens(table), makeTickets(table)];
    const rates = new Rates({ perSecond: 1, burst: 1 }, () => clock.now);
    const user = newUserId();
    await users.put(user, clock.now / 1_000, clock.now / 1_000 + 60);
    const session = await issueToken(local, { user, kind: 'session' });
    const hook = await issueToken(local, { user, kind: 'hook' });
    for (const { text } of [session, hook]) {
      await admit(tokens, rates, text, ['session', 'hook']);
      await expect(admit(tokens, rates, text, ['session'])).rejects.toMatchObject({ code: 'too-many' });
    }
    const [ofSocket, ofStream, unused] = [1, 2, 3].map(() => newToken('ticket', user));
    for (const ticket of [ofSocket, ofStream, unused])
      if (ticket) await tickets.put(ticket, session.id, clock.now + 30_000);
    await redeem(tickets, ofSocket?.text ?? '', 'socket', 'a', () => clock.now);
    await (await redeem(tickets, ofStream?.text ?? '', 'stream', 'b', () => clock.now)).ended();
    await users.record({ user, what: 'token.revoke', token: hook.id, requestId: 'r', address: '192.0.2.1' });
    const engine = { ...engineOn(memoryWorld()), revocations: makeRevocations(table) };
    await revoke(engine, { token: hook.id, channel: `user:${user}` });

    const stored = JSON.stringify(await local.items());
    for (const token of [session, hook, ofSocket, ofStream, unused]) {
      expect(stored).toContain(token?.id);
      expect(stored).toContain(token?.hash);
      const secret = token?.text.split('_')[2] ?? '';
      expect(secret).toMatch(/^[0-9a-f]{64}$/);
      const forms = (['hex', 'base64', 'base64url'] as const).flatMap((form) => [
        Buffer.from(secret, 'hex').toString(form),
        Buffer.from(secret).toString(form),
      ]);
      for (const form of forms) expect(stored).not.toContain(form);
    }
  });
});
