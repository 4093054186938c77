/** Mesh jobs with other people's programs: curl as the source document prints it, and Python's socket.io client (contract rows M1, M5). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId, signatureOf } from '../support/mesh-webhook.ts';
import { npmStart, paste, pythonWithSocketIo, type Started, type Watcher, watch } from './programs.ts';

const SECRET = 'the-secret-that-workers-sign-with';

/** The command of the source document, with its host and port replaced. */
const mockWebhook = (url: string): string => `
curl -sS -w '\\n%{http_code}' -X POST ${url}/api/webhooks/modal \\
  -H "Content-Type: application/json" \\
  -H "X-Modal-Signature: sha256=MOCKED_SIGNATURE_IF_SECRET_NOT_SET" \\
  -d '{"job_id": "test-job", "status": "completed", "result": {"success": true}}'`;

/** A body as it is and its signature, by curl. */
const signedWebhook = (url: string, body: string, signature = signatureOf(body, SECRET)): string => `
curl -sS -w '\\n%{http_code}' -X POST ${url}/api/webhooks/modal \\
  -H "Content-Type: application/json" -H "X-Modal-Signature: ${signature}" -d '${body}'`;

interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function answerTo(command: string): Promise<Answered> {
  const { stdout } = await paste(command);
  const [body = '', status] = stdout.split('\n');
  return { status: Number(status), body: JSON.parse(body) };
}

const accepted = { status: 202, body: { ok: true, ids: [expect.any(String)] } };

describe('mesh jobs without a secret, in local development', () => {
  let relay: Started;
  beforeAll(async () => {
    relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', MODAL_WEBHOOK_SECRET: '' });
  });
  afterAll(() => relay?.stop());

  it('takes curl as printed, and warns at the start and at the request', async () => {
    const warnings = () =>
      relay
        .output()
        .split('\n')
        .filter((line) => line.includes('MODAL_WEBHOOK_SECRET'));
    const [atStart, ...others] = warnings();
    expect(atStart, relay.output()).toBeDefined();
    expect(others).toEqual([]);
    expect(await answerTo(mockWebhook(relay.url))).toEqual(accepted);
    const atRequest = warnings().slice(1);
    expect(atRequest).toHaveLength(1);
    expect(JSON.parse(atRequest[0] ?? '')).toMatchObject({ level: expect.stringMatching(/^warn$/i) });
  });
});

describe('mesh jobs with a secret', () => {
  let relay: Started;
  let python: string;
  const clients: Watcher[] = [];

  beforeAll(async () => {
    python = await pythonWithSocketIo();
    relay = await npmStart({ RELAY_WEBHOOK_TOKEN: 'dev-secret', MODAL_WEBHOOK_SECRET: SECRET });
  });
  afterAll(async () => {
    for (const client of clients) client.stop();
    await relay?.stop();
  });

  it('refuses curl as printed', async () => {
    expect(await answerTo(mockWebhook(relay.url))).toMatchObject({
      status: 401,
      body: { status: 401, errors: [{ field: 'header X-Modal-Signature' }] },
    });
  });

  it('takes a signed post, and refuses it with a byte changed', async () => {
    const body = `{"job_id": "${newId('j')}", "status": "completed", "result": {"success": true}}`;
    expect(await answerTo(signedWebhook(relay.url, body))).toEqual(accepted);
    const changed = body.replace('true', 'trve');
    expect((await answerTo(signedWebhook(relay.url, changed, signatureOf(body, SECRET)))).status).toBe(401);
  });

  it('takes one that openssl signed', async () => {
    const body = `{"job_id": "${newId('j')}", "status": "failed", "error": "no disk"}`;
    const command = `
      SIGNATURE=$(printf %s '${body}' | openssl dgst -sha256 -hmac "$WORKER_SECRET" | sed 's/^.* //')
      ${signedWebhook(relay.url, body, 'sha256=$SIGNATURE')}`;
    const { stdout } = await paste(command, { WORKER_SECRET: SECRET });
    expect(stdout.split('\n')[1], stdout).toBe('202');
  });

  it('reaches Python’s client, which joins with an ack and is back by itself after a cut', async () => {
    const project = newId('p');
    const room = `project_${project}`;
    const client = watch(python, ['test/clients/mesh.py', relay.url, room]);
    clients.push(client);
    const [, first = ''] = await client.sees(/^JOINED (.*)\n/m);
    expect(JSON.parse(first)).toEqual({ ok: true, room, head: expect.any(String) });
    const post = async (message: string): Promise<unknown> => {
      const line = { event: 'log_line', project_id: project, job_id: 'j', message, timestamp: 'now' };
      const { status, body } = await answerTo(signedWebhook(relay.url, JSON.stringify(line)));
      expect(status).toBe(202);
      return (body.ids as unknown[])[0];
    };
    const id = await post('one');
    const [, count, payload = ''] = await client.sees(/^EVENT log_line (\d+) (.*"one".*)\n/m);
    expect(count).toBe('1');
    expect(JSON.parse(payload)).toMatchObject({ id, job_id: 'j', message: 'one', project_id: project });

    client.write('cut\n');
    await client.sees(/^DROPPED [\s\S]*^CONNECTED [\s\S]*^JOINED .*"ok": true/m);
    await post('two');
    await client.sees(/^EVENT log_line 1 .*"two"/m);
  });

  it('tells Python’s client that a room is none', async () => {
    const client = watch(python, ['test/clients/mesh.py', relay.url, 'user_x']);
    clients.push(client);
    const [, answer = ''] = await client.sees(/^JOINED (.*)\n/m);
    expect(JSON.parse(answer)).toEqual({ ok: false, error: 'bad_room' });
  });
});
