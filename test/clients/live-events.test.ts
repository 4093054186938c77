import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npmStart, paste, pythonWithWebsockets, type Started, type Watcher, watch } from './programs.ts';

/** The command of the source document, with its host and port replaced. */
const sendTestWebhook = (url: string): string => `
export RELAY_WEBHOOK_TOKEN=dev-secret
curl -sS -w '\\n%{http_code}' -X POST ${url}/webhook/modal \\
  -H 'Content-Type: application/json' \\
  -H 'X-Relay-Token: dev-secret' \\
  -d '{
    "type": "progress",
    "tenant": "t1",
    "job_id": "job-123",
    "progress_percent": 37.5,
    "current_step": 3,
    "total_steps": 10
  }'`;

const event = {
  type: 'progress',
  tenant: 't1',
  job_id: 'job-123',
  progress_percent: 37.5,
  current_step: 3,
  total_steps: 10,
};

const wscat = (...args: string[]) => watch('node_modules/.bin/wscat', args);
const streamUrl = (relay: Started): string => `${relay.url.replace('http', 'ws')}/stream?tenant=t1`;
const frameOf = (found: RegExpExecArray): unknown => JSON.parse(found[1] ?? '');

/** Off a terminal wscat says nothing of being connected: events are posted until each has printed one. */
async function untilAllListen(relay: Started, clients: readonly Watcher[]): Promise<void> {
  let done = false;
  const listening = Promise.all(clients.map((client) => client.sees(/^\{.*\}$/m))).finally(() => {
    done = true;
  });
  while (!done) {
    await paste(
      `curl -sSf -o /dev/null -X POST ${relay.url}/webhook/modal -H 'X-Relay-Token: dev-secret' \\
        -d '{"type": "status", "tenant": "t1", "job_id": "are-you-there"}'; sleep 0.2`,
    );
  }
  await listening;
}

describe('live events with streams open', () => {
  let relay: Started;
  let python: string;

  beforeAll(async () => {
    python = await pythonWithWebsockets();
    relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', ACCEPT_CLIENT_BEARER: '' });
  });
  afterAll(() => relay.stop());

  it('carries what curl posts to wscat and to Python, with and without a bearer', async () => {
    const clients = [
      wscat('-c', streamUrl(relay)),
      wscat('-c', streamUrl(relay), '-H', 'Authorization: Bearer some-api-key'),
    ];
    const desktops = [
      watch(python, ['test/clients/desktop.py', streamUrl(relay)]),
      watch(python, ['test/clients/desktop.py', streamUrl(relay), 'some-api-key']),
    ];
    try {
      await Promise.all(desktops.map((client) => client.sees(/READY/)));
      await untilAllListen(relay, clients);
      const { stdout } = await paste(sendTestWebhook(relay.url));
      const [body, status] = stdout.split('\n');
      expect(status).toBe('202');
      const answer = JSON.parse(body ?? '');
      expect(answer).toEqual({ ok: true, ids: [expect.any(String)] });
      const expected = {
        ...event,
        id: answer.ids[0],
        seq: expect.any(Number),
        ts: expect.stringMatching(/^\d{4}-.*Z$/),
      };
      const frame = new RegExp(`^(?:FRAME )?(\\{"id":"${answer.ids[0]}".*\\})$`, 'm');
      for (const client of [...clients, ...desktops]) {
        expect(frameOf(await client.sees(frame))).toEqual(expected);
      }
    } finally {
      for (const client of [...clients, ...desktops]) client.stop();
    }
  });

  it('answers curl without the token with 401 in the error shape', async () => {
    const { stdout } = await paste(`curl -sS -X POST ${relay.url}/webhook/modal -d '{}'`);
    expect(JSON.parse(stdout)).toMatchObject({ status: 401, errors: [{ field: 'header X-Relay-Token' }] });
  });

  it('refuses a handshake without a tenant with 400', async () => {
    const client = wscat('-c', streamUrl(relay).replace('?tenant=t1', ''));
    await client.sees(/Unexpected server response: 400/);
    client.stop();
  });
});

describe('live events with a client bearer', () => {
  let relay: Started;
  let python: string;

  beforeAll(async () => {
    python = await pythonWithWebsockets();
    relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', ACCEPT_CLIENT_BEARER: 'desktop-dev-token' });
  });
  afterAll(() => relay.stop());

  it('takes the right bearer and refuses a wrong or missing one with 401', async () => {
    const right = watch(python, ['test/clients/desktop.py', streamUrl(relay), 'desktop-dev-token']);
    const wrong = watch(python, ['test/clients/desktop.py', streamUrl(relay), 'another']);
    const none = wscat('-c', streamUrl(relay));
    try {
      await right.sees(/READY/);
      await wrong.sees(/REFUSED 401/);
      await none.sees(/Unexpected server response: 401/);
      await paste(sendTestWebhook(relay.url));
      expect(frameOf(await right.sees(/^FRAME (\{.*\})$/m))).toMatchObject(event);
    } finally {
      for (const client of [right, wrong, none]) client.stop();
    }
  });

  it('never prints the secrets', () => {
    expect(relay.output()).not.toContain('desktop-dev-token');
  });
});
