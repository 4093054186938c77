/**
 * Every kind of credential at every route and socket of every surface (contract rows H1 to H5, L1, L4, X4, X6). The table is the
 * specification; each of its cells is a test.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  bearer,
  call,
  granted,
  type Headers,
  type HookToken,
  hookEvent,
  issueToken,
  newTicket,
  newUser,
  openRt,
  postEvent,
  RT,
  redacted,
  revoke,
  SSE,
  tryToRevoke,
  type User,
} from '../support/hook-client.ts';
import { can, needs } from '../support/needs.ts';
import { type Frame, HandshakeError, openAt, type SocketClient } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { until } from '../support/until.ts';
import { type Answer, expectProblem, newTenant, progress } from '../support/webhook.ts';

/**
 * What comes of it. A number is the status of a refusal. `ada` and `ben`: it is done for that user, and that user's events alone
 * are heard or caused; `new`: for a user made for the occasion. `taken`, `open`: a surface that has no users lets it in.
 * `revoke` is tried on a token of Ada's.
 */
const SPECIFICATION = `
                               | user | me  | token | revoke | ticket | cli | rt  | sse | modal | stream | stream/sse
nothing                        | new  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
an empty bearer                | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
a bearer of garbage            | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's session                  | ada  | ada | ada   | ada    | ada    | 403 | ada | ada | 401   | 401    | 401
Ada's session as Basic         | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's session as X-Relay-Token | new  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's session with two letters swapped | 401 | 401 | 401 | 401 | 401  | 401 | 401 | 401 | 401   | 401    | 401
a revoked session              | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's hook token               | 403  | 403 | 403   | 403    | 403    | ada | ada | ada | 401   | 401    | 401
Ada's hook token as X-Relay-Token | new | 401 | 401 | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's hook token with two letters swapped | 401 | 401 | 401 | 401 | 401 | 401 | 401 | 401 | 401 | 401   | 401
Ada's expired hook token       | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's revoked hook token       | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's ticket                   | new  | 401 | 401   | 401    | 401    | 401 | ada | ada | 401   | 401    | 401
Ada's ticket as a bearer       | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ada's used ticket              | new  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
Ben's session                  | ben  | ben | ben   | 404    | ben    | 403 | ben | ben | 401   | 401    | 401
Ben's hook token               | 403  | 403 | 403   | 403    | 403    | ben | ben | ben | 401   | 401    | 401
Ben's ticket                   | new  | 401 | 401   | 401    | 401    | 401 | ben | ben | 401   | 401    | 401
the sender's X-Relay-Token     | new  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | taken | 401    | 401
the sender's secret as a bearer | 401 | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | 401    | 401
the desktop's bearer           | 401  | 401 | 401   | 401    | 401    | 401 | 401 | 401 | 401   | open   | open
`;

/** What a client shows; a ticket goes into the query. */
interface Shown {
  readonly headers?: Headers;
  readonly ticket?: string;
}

interface Person {
  readonly user: User;
  readonly token: HookToken;
  /** Hears every event of this user. */
  readonly witness: SocketClient;
}

needs('client-bearer', () => {
  let cloud: Cloud;
  let ada: Person;
  let ben: Person;
  let dead: Record<'session' | 'expired' | 'revoked' | 'usedTicket', string>;

  beforeAll(async () => {
    cloud = await startCloud({ guarded: true });
    [ada, ben] = [await person(), await person()];
    const session = (await newUser(cloud)).session;
    const answer = await tryToRevoke(cloud, { userId: '', session }, { token: session });
    // Who revokes a session with itself cannot ask again after an answer that was lost.
    if (can('sure-calls') || answer.status !== 401) granted(answer, ['ok']);
    const expired = await issueToken(cloud, ada.user, { ttl_seconds: 1 });
    const revoked = await issueToken(cloud, ada.user);
    await revoke(cloud, ada.user, { token: revoked.token });
    const usedTicket = await newTicket(cloud, ada.user);
    const using = await openAt(cloud, `${RT}?ticket=${usedTicket}`, {}).catch(() => undefined);
    await using?.close();
    await until('the end of a token', () => Date.now() > (expired.exp + 1) * 1_000 || undefined);
    dead = { session, expired: expired.token, revoked: revoked.token, usedTicket };
  });
  afterAll(async () => {
    await Promise.all([ada?.witness.close(), ben?.witness.close()]);
    await cloud?.close();
  });

  async function person(): Promise<Person> {
    const user = await newUser(cloud);
    return {
      user,
      token: await issueToken(cloud, user),
      witness: await openRt(cloud, user.session),
    };
  }

  const asBearer = (token: string): Shown => ({ headers: bearer(token) });
  const asSender = (token: string): Shown => ({ headers: { 'x-relay-token': token } });

  /** The same length, another secret: its last two different neighbours change places. */
  function swapped(token: string): string {
    const letters = [...token];
    const at = letters.findLastIndex((letter, index) => index > 0 && letter !== letters[index - 1]);
    [letters[at - 1], letters[at]] = [letters[at] ?? '', letters[at - 1] ?? ''];
    return letters.join('');
  }

  const credentials: Record<string, () => Promise<Shown> | Shown> = {
    nothing: () => ({}),
    'an empty bearer': () => asBearer(''),
    'a bearer of garbage': () => asBearer('x.y.z'),
    "Ada's session": () => asBearer(ada.user.session),
    "Ada's session as Basic": () => ({ headers: { authorization: `Basic ${ada.user.session}` } }),
    "Ada's session as X-Relay-Token": () => asSender(ada.user.session),
    "Ada's session with two letters swapped": () => asBearer(swapped(ada.user.session)),
    'a revoked session': () => asBearer(dead.session),
    "Ada's hook token": () => asBearer(ada.token.token),
    "Ada's hook token as X-Relay-Token": () => asSender(ada.token.token),
    "Ada's hook token with two letters swapped": () => asBearer(swapped(ada.token.token)),
    "Ada's expired hook token": () => asBearer(dead.expired),
    "Ada's revoked hook token": () => asBearer(dead.revoked),
    "Ada's ticket": async () => ({ ticket: await newTicket(cloud, ada.user) }),
    "Ada's ticket as a bearer": async () => asBearer(await newTicket(cloud, ada.user)),
    "Ada's used ticket": () => ({ ticket: dead.usedTicket }),
    "Ben's session": () => asBearer(ben.user.session),
    "Ben's hook token": () => asBearer(ben.token.token),
    "Ben's ticket": async () => ({ ticket: await newTicket(cloud, ben.user) }),
    "the sender's X-Relay-Token": () => asSender(cloud.webhookToken),
    "the sender's secret as a bearer": () => asBearer(cloud.webhookToken),
    "the desktop's bearer": () => asBearer(cloud.clientBearer ?? expect.unreachable('it is guarded')),
  };

  const nameOf = (userId: unknown): string =>
    userId === ada.user.userId ? 'ada' : userId === ben.user.userId ? 'ben' : 'new';

  /** Calls a route with what is shown; the status of a refusal, in the one error shape, else the answer's body. */
  async function tried(
    route: string,
    { headers = {}, ticket }: Shown,
    body?: unknown,
  ): Promise<number | Record<string, unknown>> {
    const query = ticket === undefined ? '' : `?ticket=${ticket}`;
    return outcome(await call(cloud, `${route}${query}`, { headers, body }));
  }

  function outcome(answer: Answer): number | Record<string, unknown> {
    if (answer.status < 300) return JSON.parse(answer.text);
    expectProblem({ ...answer, text: redacted(answer.text) }, answer.status);
    return answer.status;
  }

  /** Posts for both, and again; whose events came. */
  async function heardBy(client: { frames(count: number): Promise<readonly Frame[]> }): Promise<string> {
    for (const of of ['ada', 'ben', 'ada', 'ben'])
      await postEvent(cloud, (of === 'ada' ? ada : ben).token.token, { payload: of });
    const frames = await client.frames(2);
    return [...new Set(frames.map(({ payload }) => payload))].join(' and ');
  }

  /** What comes of a handshake: whose events it hears, as `listen` finds out, or the status of its refusal. */
  async function socketOutcome(
    path: string,
    { headers = {}, ticket }: Shown,
    listen: (client: SocketClient) => Promise<string>,
  ): Promise<number | string> {
    const url = ticket === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`;
    let client: SocketClient;
    try {
      client = await openAt(cloud, url, { ...headers });
    } catch (error) {
      if (error instanceof HandshakeError) return error.status;
      throw error;
    }
    const heard = await listen(client);
    await client.close();
    return heard;
  }

  async function streamOutcome(
    path: string,
    { headers = {}, ticket }: Shown,
    listen: (client: Awaited<ReturnType<typeof openSse>>) => Promise<string>,
  ): Promise<number | string> {
    const url = ticket === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}ticket=${ticket}`;
    const client = await openSse(cloud, url, { headers: { ...headers } });
    if (client.status !== 200) {
      await client.ended();
      outcome(client);
      return client.status;
    }
    await client.standing();
    const heard = await listen(client);
    await client.close();
    return heard;
  }

  const routes: Record<string, (shown: Shown) => Promise<number | string>> = {
    async user(shown) {
      const body = await tried('POST /api/user', shown);
      return typeof body === 'number' ? body : nameOf(body.user_id);
    },
    async me(shown) {
      const body = await tried('GET /api/me', shown);
      return typeof body === 'number' ? body : nameOf(body.user_id);
    },
    async token(shown) {
      const body = await tried('POST /api/token', shown);
      return typeof body === 'number' ? body : nameOf(body.user_id);
    },
    async revoke(shown) {
      const { token } = await issueToken(cloud, ada.user);
      const body = await tried('POST /api/token/revoke', shown, { token });
      const after = await call(cloud, 'POST /api/webhook/cli', {
        headers: bearer(token),
        body: hookEvent(),
      });
      expect(after.status).toBe(typeof body === 'number' ? 200 : 401);
      return typeof body === 'number' ? body : 'ada';
    },
    async ticket(shown) {
      const body = await tried('POST /api/ticket', shown);
      if (typeof body === 'number') return body;
      return socketOutcome(RT, { ticket: String(body.ticket) }, heardBy);
    },
    async cli(shown) {
      const payload = `isolation ${Math.random()}`;
      const body = await tried('POST /api/webhook/cli', shown, hookEvent({ payload }));
      const heard: string[] = [];
      for (const [name, { token, witness }] of Object.entries({ ada, ben })) {
        const last = await postEvent(cloud, token.token, { payload: 'the last' });
        await witness.frameWhere(({ event_id }) => event_id === last);
        if (witness.received.some((frame) => frame.payload === payload)) heard.push(name);
      }
      if (typeof body === 'number') expect(heard).toEqual([]);
      return typeof body === 'number' ? body : heard.join(' and ');
    },
    rt: (shown) => socketOutcome(RT, shown, heardBy),
    sse: (shown) => streamOutcome(SSE, shown, heardBy),
    async modal(shown) {
      const body = await tried('POST /webhook/modal', shown, progress(newTenant()));
      return typeof body === 'number' ? body : 'taken';
    },
    stream: (shown) => socketOutcome(`/stream?tenant=${newTenant()}`, shown, async () => 'open'),
    'stream/sse': (shown) => streamOutcome(tenantStream(newTenant()), shown, async () => 'open'),
  };

  const [header = [], ...rows] = SPECIFICATION.trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  // The corner of the table is empty, and trimmed away with the line.
  const columns = header.filter((name) => name !== '');
  const cells = rows.flatMap(([credential = '', ...expected]) =>
    expected.map((value, index) => ({ credential, route: columns[index] ?? '', expected: value })),
  );
  const isSocket = (route: string) => route === 'rt' || route === 'stream';
  const isStream = (route: string) => route.endsWith('sse');
  /** A ticket for a socket is used up by an attempt whose answer is lost. */
  const takesTicket = ({ credential, route, expected }: (typeof cells)[number]) =>
    !/^\d+$/.test(expected) && (route === 'ticket' || (route === 'rt' && credential.includes('ticket')));

  function assertCells(chosen: typeof cells): void {
    test.each(chosen)('$credential at $route: $expected', async ({ credential, route, expected }) => {
      const [show, attempt] = [credentials[credential], routes[route]];
      if (!show || !attempt) throw new Error(`the table names ${credential} at ${route}, which nobody knows`);
      const actual = String(await attempt(await show()));
      if (isSocket(route) && !can('refusal-status') && /^\d+$/.test(expected)) {
        expect(actual).toMatch(/^[45]\d\d$/);
      } else expect(actual).toBe(expected);
    });
  }

  test('the table is whole', () => {
    expect(rows.map(([name]) => name)).toEqual(Object.keys(credentials));
    expect(columns).toEqual(Object.keys(routes));
    expect(cells).toHaveLength(rows.length * columns.length);
  });

  describe('the table', () => {
    assertCells(cells.filter((cell) => !isStream(cell.route) && !takesTicket(cell)));
    needs('sure-calls', () => {
      assertCells(cells.filter(takesTicket));
    });
    needs('streaming', () => {
      assertCells(cells.filter((cell) => isStream(cell.route)));
    });
  });
});
