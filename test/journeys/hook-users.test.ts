/** The hook backend's users and tokens: who gets one, who sees it, how it ends, and what is refused (contract rows H1, H2, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  bearer,
  CLI,
  call,
  expectHandshakeRefused,
  expectRefused,
  granted,
  type HookToken,
  hookEvent,
  issueToken,
  newTicket,
  newUser,
  openRt,
  postCli,
  postEvent,
  RT,
  revoke,
  toUser,
  tryToRevoke,
  type User,
  wrongFields,
} from '../support/hook-client.ts';
import { can, needs } from '../support/needs.ts';
import { until } from '../support/until.ts';
import { sendRaw } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const DAY_SECONDS = 86_400;
const MAX_TTL_SECONDS = 31_536_000;
const LETTERS_AND_DIGITS = /^[A-Za-z0-9]+$/;
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** Whether an epoch or an ISO date is of these minutes. */
function expectRecent(moment: unknown): void {
  const ms = typeof moment === 'number' ? moment * 1_000 : Date.parse(String(moment));
  expect(Math.abs(ms - Date.now())).toBeLessThan(5 * 60_000);
}

interface Listed {
  readonly token_id: string;
  readonly [member: string]: unknown;
}

/** What `GET /api/me` says of the user's tokens. */
async function listed({ userId, session }: User): Promise<readonly Listed[]> {
  const answer = await call(cloud, 'GET /api/me', { headers: bearer(session) });
  const { user_id, tokens } = granted(answer, ['user_id', 'tokens']);
  expect(user_id).toBe(userId);
  return tokens as Listed[];
}

const idsListed = async (user: User) => (await listed(user)).map(({ token_id }) => token_id);

/** A lost answer makes the caller ask for another token, so there may be more than it knows of. */
function expectListed(ids: readonly string[], expected: readonly string[]): void {
  if (can('sure-calls')) expect(ids.toSorted()).toEqual(expected.toSorted());
  else expect(ids).toEqual(expect.arrayContaining([...expected]));
}

const expectUsable = ({ token }: HookToken) => postEvent(cloud, token);
const expectUseless = async ({ token }: Pick<HookToken, 'token'>) =>
  void expectRefused(await postCli(cloud, token, hookEvent()), 401);

describe('H1: a user', () => {
  test('is made for whoever has none, another one each time', async () => {
    const [one, two] = [await newUser(cloud), await newUser(cloud)];
    expect(one.userId).toMatch(LETTERS_AND_DIGITS);
    expect(two.userId).not.toBe(one.userId);
    expect(one.session.startsWith('session_') && two.session.startsWith('session_')).toBe(true);
    expect(one.session === two.session).toBe(false);
  });

  test('that shows its session is answered with itself and the same session', async () => {
    const user = await newUser(cloud);
    const again = toUser(await call(cloud, 'POST /api/user', { headers: bearer(user.session) }));
    expect(again.userId).toBe(user.userId);
    expect(again.session === user.session).toBe(true);
  });

  test('has no tokens at first', async () => {
    expect(await listed(await newUser(cloud))).toEqual([]);
  });

  test('sees its active tokens and their terms, never a token itself, and no other user’s', async () => {
    const [user, other] = [await newUser(cloud), await newUser(cloud)];
    const tokens = [await issueToken(cloud, user), await issueToken(cloud, user, { ttl_seconds: 60 })];
    const others = await issueToken(cloud, other);
    const entries = await listed(user);
    expectListed(
      entries.map(({ token_id }) => token_id),
      tokens.map(({ tokenId }) => tokenId),
    );
    for (const { tokenId, exp } of tokens) {
      const entry = entries.find(({ token_id }) => token_id === tokenId);
      expect(entry).toEqual({
        token_id: tokenId,
        type: 'hook',
        scopes: ['webhook'],
        exp,
        created_at: expect.anything(),
      });
      expectRecent(entry?.created_at);
    }
    const { text } = await call(cloud, 'GET /api/me', { headers: bearer(user.session) });
    for (const token of [...tokens.map(({ token }) => token), user.session])
      expect(text.includes(token)).toBe(false);
    expect(await idsListed(user)).not.toContain(others.tokenId);
  });

  test.each([
    ['no body', undefined],
    ['an empty text', ''],
    ['an empty object', {}],
    ['fields that nobody knows', { name: 'Ada', user_id: 'mine' }],
  ])('is made for %s', async (_, body) => {
    expect(toUser(await call(cloud, 'POST /api/user', { body })).userId).not.toBe('mine');
  });
});

describe('H2: a hook token', () => {
  test('is the user’s, carries its id, and lives for thirty days', async () => {
    const user = await newUser(cloud);
    const { token, tokenId, userId, exp } = await issueToken(cloud, user);
    expect(userId).toBe(user.userId);
    expect(tokenId).toMatch(LETTERS_AND_DIGITS);
    expect(token.startsWith(`hook_${tokenId}_`)).toBe(true);
    expect(Number.isInteger(exp)).toBe(true);
    expect(Math.abs(exp - nowSeconds() - 30 * DAY_SECONDS)).toBeLessThan(300);
  });

  test('is another one each time', async () => {
    const user = await newUser(cloud);
    const [one, two] = [await issueToken(cloud, user), await issueToken(cloud, user)];
    expect(two.tokenId).not.toBe(one.tokenId);
    expect(two.token === one.token).toBe(false);
  });

  test.each([60, MAX_TTL_SECONDS])('lives for ttl_seconds of %d', async (ttl_seconds) => {
    const { exp } = await issueToken(cloud, await newUser(cloud), { ttl_seconds, note: 'unknown' });
    expect(Math.abs(exp - nowSeconds() - ttl_seconds)).toBeLessThan(300);
  });

  test.each<[unknown]>([
    [0],
    [-1],
    [0.5],
    [60.5],
    [MAX_TTL_SECONDS + 1],
    [1e300],
    ['60'],
    [''],
    [null],
    [true],
    [[60]],
    [{}],
  ])('with ttl_seconds of %j is refused', async (ttl_seconds) => {
    const user = await newUser(cloud);
    const headers = bearer(user.session);
    const answer = await call(cloud, 'POST /api/token', { headers, body: { ttl_seconds } });
    expect(new Set(wrongFields(answer))).toEqual(new Set(['ttl_seconds']));
    expect(await listed(user)).toEqual([]);
  });

  test.each(['[]', '[{"ttl_seconds":60}]', '5', '"60"', 'null', 'true'])(
    'for a body of %s is refused',
    async (body) => {
      const { session } = await newUser(cloud);
      expectRefused(await call(cloud, 'POST /api/token', { headers: bearer(session), body }), 400);
    },
  );

  test('that has expired opens nothing and is not listed', async () => {
    const user = await newUser(cloud);
    const token = await issueToken(cloud, user, { ttl_seconds: 1 });
    await until('its end', () => Date.now() > (token.exp + 1) * 1_000 || undefined);
    await expectUseless(token);
    await expectHandshakeRefused(cloud, 401, RT, bearer(token.token));
    expect(await idsListed(user)).not.toContain(token.tokenId);
  });
});

describe('H2: revoking', () => {
  /** The same token with another secret. */
  function forged({ token, tokenId }: HookToken): string {
    const prefix = `hook_${tokenId}_`;
    const [first = '', ...rest] = token.slice(prefix.length);
    return `${prefix}${first === 'A' ? 'B' : 'A'}${rest.join('')}`;
  }

  test.each<[string, (token: HookToken) => Record<string, string>]>([
    ['the token', ({ token }) => ({ token })],
    ['its id', ({ tokenId }) => ({ token_id: tokenId })],
  ])('by %s ends it at once, and no other', async (_, body) => {
    const user = await newUser(cloud);
    const [revoked, kept] = [await issueToken(cloud, user), await issueToken(cloud, user)];
    await expectUsable(revoked);
    await revoke(cloud, user, { ...body(revoked), reason: 'unknown fields do not matter' });
    await expectUseless(revoked);
    await expectHandshakeRefused(cloud, 401, RT, bearer(revoked.token));
    await expectUsable(kept);
    const ids = await idsListed(user);
    expect(ids).not.toContain(revoked.tokenId);
    expect(ids).toContain(kept.tokenId);
  });

  test('twice is as good as once', async () => {
    const user = await newUser(cloud);
    const token = await issueToken(cloud, user);
    await revoke(cloud, user, { token: token.token });
    await revoke(cloud, user, { token: token.token });
    await revoke(cloud, user, { token_id: token.tokenId });
    await expectUseless(token);
  });

  test.each<[string, (token: HookToken) => Record<string, string>]>([
    ['another user’s token', ({ token }) => ({ token })],
    ['another user’s token by its id', ({ tokenId }) => ({ token_id: tokenId })],
    ['a token with another secret', (token) => ({ token: forged(token) })],
    ['a token that never was', () => ({ token: 'hook_abc123_def456' })],
    ['an id that never was', () => ({ token_id: 'abc123' })],
    ['a text that is no token', () => ({ token: 'no token' })],
    ['a text that is no id', () => ({ token_id: '../../etc#passwd' })],
  ])('%s is answered with 404 and ends nothing', async (_, body) => {
    const [user, owner] = [await newUser(cloud), await newUser(cloud)];
    const token = await issueToken(cloud, owner);
    expectRefused(await tryToRevoke(cloud, user, body(token)), 404);
    await expectUsable(token);
  });

  test('one’s own token with another secret is answered with 404 and ends nothing', async () => {
    const user = await newUser(cloud);
    const token = await issueToken(cloud, user);
    expectRefused(await tryToRevoke(cloud, user, { token: forged(token) }), 404);
    await expectUsable(token);
  });

  test.each<[string, (token: HookToken) => unknown]>([
    ['no body', () => undefined],
    ['an empty text', () => ''],
    ['neither', () => ({})],
    ['both', ({ token, tokenId }) => ({ token, token_id: tokenId })],
    ['a list', ({ token }) => [{ token }]],
    ['a text', ({ token }) => JSON.stringify(token)],
    ['null', () => 'null'],
  ])('for %s is answered with 400 and ends nothing', async (_, body) => {
    const user = await newUser(cloud);
    const token = await issueToken(cloud, user);
    expectRefused(await tryToRevoke(cloud, user, body(token)), 400);
    await expectUsable(token);
  });

  test.each(['token', 'token_id'])('a %s that is no text is named', async (field) => {
    const user = await newUser(cloud);
    for (const value of [5, null, true, [], {}])
      expect(wrongFields(await tryToRevoke(cloud, user, { [field]: value }))).toEqual([field]);
  });

  // Who revokes a session with itself cannot ask again after an answer that was lost: the minute's pass finishes it, sooner or later.
  needs('sure-calls', () => {
    test('its own session is the end of the user: nothing of theirs opens anything more, what is open is closed', async () => {
      const user = await newUser(cloud);
      const token = await issueToken(cloud, user);
      const [socket, other] = [await openRt(cloud, user.session), await openRt(cloud, token.token)];
      const ticket = await newTicket(cloud, user);
      await revoke(cloud, user, { token: user.session });
      for (const route of ['GET /api/me', 'POST /api/user', 'POST /api/token', 'POST /api/ticket'])
        expectRefused(await call(cloud, route, { headers: bearer(user.session) }), 401, route);
      await expectHandshakeRefused(cloud, 401, RT, bearer(user.session));
      await expectHandshakeRefused(cloud, 401, `${RT}?ticket=${ticket}`);
      await expectHandshakeRefused(cloud, 401, RT, bearer(token.token));
      expectRefused(await postCli(cloud, token.token, hookEvent()), 401);
      await Promise.all([socket.closed(), other.closed()]);
      expect([socket.received, other.received]).toEqual([[], []]);
    });
  });
});

describe('X6: what is no request', () => {
  const bodies: [string, string | Uint8Array<ArrayBuffer>][] = [
    ['text', 'ttl_seconds=60'],
    ['half of a JSON text', '{"ttl_seconds": 6'],
    ['two JSON texts', '{}{}'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc3])],
  ];
  const routes = ['/api/user', '/api/token', '/api/token/revoke', '/api/ticket', '/api/webhook/cli'];

  test.each(routes)('a body at %s that is no JSON is answered with 400', async (path) => {
    const user = await newUser(cloud);
    const { token } = await issueToken(cloud, user);
    const headers = { ...bearer(CLI.endsWith(path) ? token : user.session) };
    for (const [name, body] of bodies)
      expectRefused(await sendRaw(cloud, body, { path, headers, token: null }), 400, name);
  });

  test.each(['/api', '/api/', '/api/users', '/api/user/', '/API/user', '/api/token/x', '/api/webhook'])(
    '%s is answered with 404',
    async (path) => {
      const headers = bearer((await newUser(cloud)).session);
      expectRefused(await call(cloud, `POST ${path}`, { headers }), 404);
    },
  );

  test.each([
    ['/api/me', 'GET', ['POST', 'PUT', 'DELETE']],
    ...routes.map((path): [string, string, string[]] => [path, 'POST', ['GET', 'PUT', 'PATCH', 'DELETE']]),
  ])('%s takes %s and answers other methods with 405', async (path, right, wrong) => {
    const headers = bearer((await newUser(cloud)).session);
    for (const method of wrong) {
      const answer = await call(cloud, `${method} ${path}`, { headers });
      expectRefused(answer, 405, method);
      expect(answer.headers.get('allow')?.split(/,\s*/)).toContain(right);
    }
  });

  test('two sessions at once in one header are no session', async () => {
    const [one, two] = [await newUser(cloud), await newUser(cloud)];
    const headers = { authorization: `Bearer ${one.session}, Bearer ${two.session}` };
    expectRefused(await call(cloud, 'GET /api/me', { headers }), 401);
  });
});
