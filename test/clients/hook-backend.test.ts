/** The hook backend with other people's programs (contract rows H1 to H5). Secrets go by environment, so that no failure prints one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmStart, paste, pythonWithWebsockets, type Started, type Watcher, watch } from './programs.ts';

interface Account {
  readonly userId: string;
  readonly session: string;
  readonly hook: string;
}

let relay: Started;
let python: string;
const secrets: string[] = [];

beforeAll(async () => {
  python = await pythonWithWebsockets();
  relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', ACCEPT_CLIENT_BEARER: '' });
});
afterAll(() => relay?.stop());

/** The JSON that a curl command prints; `$RELAY` and these variables are in its environment. */
async function curl(args: string, variables: Record<string, string> = {}): Promise<Record<string, string>> {
  const { stdout } = await paste(`curl -sSf ${args}`, { RELAY: relay.url, ...variables });
  return JSON.parse(stdout);
}

async function newAccount(): Promise<Account> {
  const user = await curl('-X POST "$RELAY/api/user"');
  const { session_token: session = '', user_id: userId = '' } = user;
  const token = await curl('-X POST "$RELAY/api/token" -H "Authorization: Bearer $SESSION"', {
    SESSION: session,
  });
  const { token: hook = '' } = token;
  expect(token.user_id).toBe(userId);
  secrets.push(session, hook);
  return { userId, session, hook };
}

/** Posts a log event with this text by curl; its event_id. */
async function curlHook({ hook }: Account, text: string): Promise<string> {
  const { event_id = '' } = await curl(
    `-X POST "$RELAY/api/webhook/cli" -H "Authorization: Bearer $HOOK" -H 'Content-Type: application/json' \\
      -d '{"event_type": "log", "ts": "2026-11-21T12:00:00Z", "payload": {"text": "${text}"}}'`,
    { HOOK: hook },
  );
  return event_id;
}

async function pythonHook(token: string, ...args: string[]): Promise<{ status: number; body: object }> {
  const quoted = args.map((arg) => `'${arg}'`).join(' ');
  const { stdout } = await paste(`python3 test/clients/hook.py ${quoted}`, {
    RELAY_URL: relay.url,
    HOOK_TOKEN: token,
  });
  const [status, ...body] = stdout.split(' ');
  return { status: Number(status), body: JSON.parse(body.join(' ')) };
}

const bearer = (token: string): string[] => ['-H', `Authorization: Bearer ${token}`];
const rtUrl = (): string => `${relay.url.replace('http', 'ws')}/api/rt`;
const curlStream = (query: string, ...args: string[]): Watcher =>
  watch('curl', ['-sSN', ...args, `${relay.url}/api/sse${query}`]);
const frameOf = (eventId: string): RegExp =>
  new RegExp(`^(?:FRAME |data: )?(\\{.*"event_id":"${eventId}".*\\})$`, 'm');

describe('the hook backend', () => {
  it('carries what curl and Python post to curl -N, wscat and Python', async () => {
    const [account, other] = [await newAccount(), await newAccount()];
    const { session, hook } = account;
    const wscat = watch('node_modules/.bin/wscat', ['-c', rtUrl(), ...bearer(session)]);
    const desktop = watch(python, ['test/clients/desktop.py', rtUrl(), hook]);
    const stream = curlStream('', ...bearer(session));
    const clients = [wscat, desktop, stream];
    const stranger = watch(python, ['test/clients/desktop.py', rtUrl(), other.session]);
    try {
      await Promise.all([desktop.sees(/READY/), stranger.sees(/READY/), stream.sees(/^id: /m)]);
      // Off a terminal wscat says nothing of being connected: events are posted until it has printed one.
      let isListening = false;
      const listening = wscat.sees(/^\{.*\}$/m).finally(() => {
        isListening = true;
      });
      while (!isListening) await curlHook(account, 'are you there');
      await listening;

      const first = await curlHook(account, 'from curl');
      const answer = await pythonHook(hook, 'task_succeeded', '{"files": ["a", "ü"]}', 'run-1');
      expect(answer).toEqual({ status: 200, body: { ok: true, event_id: 'run-1' } });
      for (const client of clients) {
        const [, text = ''] = await client.sees(frameOf(first));
        expect(JSON.parse(text)).toEqual({
          event_type: 'log',
          event_id: first,
          ts: '2026-11-21T12:00:00Z',
          payload: { text: 'from curl' },
          id: expect.any(String),
          seq: expect.any(Number),
        });
        const [, second = ''] = await client.sees(frameOf('run-1'));
        expect(JSON.parse(second)).toMatchObject({
          event_type: 'task_succeeded',
          payload: { files: ['a', 'ü'] },
        });
      }
      const own = await curlHook(other, 'for the stranger');
      await stranger.sees(frameOf(own));
      const [all] = await stranger.sees(/^[\s\S]*$/);
      expect(all.match(/^FRAME /gm)).toHaveLength(1);
    } finally {
      for (const client of [...clients, stranger]) client.stop();
    }
  });

  it('goes on after a cut with curl -N and the last id, by bearer and by ticket', async () => {
    const account = await newAccount();
    const { ticket = '' } = await curl('-X POST "$RELAY/api/ticket" -H "Authorization: Bearer $SESSION"', {
      SESSION: account.session,
    });
    secrets.push(ticket);
    for (const [query, args] of [
      ['', bearer(account.hook)],
      [`?ticket=${ticket}`, []],
    ] as const) {
      const first = curlStream(query, ...args);
      await first.sees(/^id: /m);
      const seen = await curlHook(account, 'seen');
      const [, text = ''] = await first.sees(frameOf(seen));
      first.stop();
      const missed = await curlHook(account, 'missed');
      const second = curlStream(query, ...args, '-H', `Last-Event-ID: ${JSON.parse(text).id}`);
      try {
        await second.sees(frameOf(missed));
        const next = await curlHook(account, 'next');
        await second.sees(frameOf(next));
        const [all] = await second.sees(/^[\s\S]*$/);
        expect(all.match(/^data: /gm)).toHaveLength(2);
      } finally {
        second.stop();
      }
    }
  });

  it('lists a token, and lets go of whoever came with it when it is revoked', async () => {
    const { session, hook, userId } = await newAccount();
    const authorized = '-H "Authorization: Bearer $SESSION"';
    const me = await curl(`"$RELAY/api/me" ${authorized}`, { SESSION: session });
    expect(me).toMatchObject({ user_id: userId, tokens: [{ type: 'hook', scopes: ['webhook'] }] });
    const desktop = watch(python, ['test/clients/desktop.py', rtUrl(), hook]);
    const stream = curlStream('', ...bearer(hook), '-w', 'THE END %{http_code}');
    try {
      await Promise.all([desktop.sees(/READY/), stream.sees(/^id: /m)]);
      const revoked = await curl(
        `-X POST "$RELAY/api/token/revoke" ${authorized} -H 'Content-Type: application/json' \\
          -d "{\\"token\\": \\"$HOOK\\"}"`,
        { SESSION: session, HOOK: hook },
      );
      expect(revoked).toEqual({ ok: true });
      expect(await pythonHook(hook, 'log', '1')).toMatchObject({ status: 401, body: { status: 401 } });
      await stream.sees(/THE END 200/);
      await desktop.ended();
    } finally {
      desktop.stop();
      stream.stop();
    }
  });

  it('refuses each in its own words', async () => {
    const { session } = await newAccount();
    expect(await pythonHook(session, 'log', '1')).toMatchObject({ status: 403 });
    expect(await pythonHook('nonsense', 'log', '1')).toMatchObject({
      status: 401,
      body: { errors: [{ field: 'header Authorization' }] },
    });
    expect(await pythonHook((await newAccount()).hook, 'shout', '1')).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'event_type' }] },
    });
    const none = watch('node_modules/.bin/wscat', ['-c', rtUrl()]);
    const wrong = watch(python, ['test/clients/desktop.py', rtUrl(), 'nonsense']);
    await none.sees(/Unexpected server response: 401/);
    await wrong.sees(/REFUSED 401/);
    none.stop();
    wrong.stop();
  });

  it('prints no session, no token and no ticket', () => {
    expect(secrets.length).toBeGreaterThan(5);
    expect(secrets.filter((secret) => relay.output().includes(secret))).toHaveLength(0);
    expect(/\b(hook|session|ticket)_[A-Za-z0-9]+_/.test(relay.output())).toBe(false);
  });
});
