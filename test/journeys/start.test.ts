/** The face of `npm start`: what it prints, what it serves, how it ends. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { addresses } from '../support/cloud.ts';
import { openStream } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { freePort, Started, takePort } from '../support/start.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne, send } from '../support/webhook.ts';

const running: Started[] = [];

function start(environment: Record<string, string>, args: readonly string[] = []): Started {
  const started = new Started(
    {
      HOST: '',
      RELAY_WEBHOOK_TOKEN: '',
      ACCEPT_CLIENT_BEARER: '',
      MODAL_WEBHOOK_SECRET: '',
      RELAY_DATA_DIR: '',
      ...environment,
    },
    args,
  );
  running.push(started);
  return started;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.end()));
});

function untilGone(started: Started): Promise<true> {
  return until(
    'no process of it is left',
    async () => ((await started.processes()).length === 0 ? true : undefined),
    2_000,
  );
}

const at = (httpUrl: string) => ({ ...addresses(httpUrl), webhookToken: 'dev-secret' });

test('prints where it is ready, and serves there with the default token', async () => {
  const port = await freePort();
  const started = start({ PORT: String(port) });
  const url = await started.ready();
  expect(url).toBe(`http://127.0.0.1:${port}`);
  const tenant = newTenant();
  const client = await openStream(at(url), tenant);
  const id = await publishOne(at(url), progress(tenant));
  expect((await client.frames(1))[0]?.id).toBe(id);
  await client.close();
}, 90_000);

test('prints where the clients of each kind connect', async () => {
  const started = start({ PORT: String(await freePort()), SESSION_TIMEOUT: '60' });
  const host = new URL(await started.ready()).host;
  const printed = started.lines();
  expect(printed).toContain(`websocket  ws://${host}/stream?tenant=t1`);
  expect(printed).toContain(`sse        http://${host}/stream/sse?tenant=t1`);
  expect(printed).toContain(
    `arena      ws://${host}/ws/arena/<session> (NATS_URL is not set: by webhook alone)`,
  );
  expect(printed).toContain(`peers      ws://${host}/relay/<session>?token=<JWT>`);
}, 90_000);

test('the curl line that it prints works as it stands', async () => {
  const started = start({ PORT: String(await freePort()) });
  await started.ready();
  const command = started.curlLine();
  expect(command, started.lines().join('\n')).toMatch(/^curl /);
  const { stdout } = await promisify(execFile)('sh', ['-c', command ?? '']);
  expect(stdout).toMatch(/\{"ok":true,"ids":\["[^"]+"\]\}/);
}, 90_000);

test('a token of one’s own takes the place of the default', async () => {
  const started = start({ PORT: String(await freePort()), RELAY_WEBHOOK_TOKEN: 'mine' });
  const cloud = at(await started.ready());
  expect((await send(cloud, progress(newTenant()))).status).toBe(401);
  expect((await send(cloud, progress(newTenant()), { token: 'mine' })).status).toBe(202);
}, 90_000);

test('says in one line that signatures are not verified, and says nothing of it where they are', async () => {
  const warnings = (started: Started) =>
    started.lines().filter((line) => line.includes('MODAL_WEBHOOK_SECRET'));
  const open = start({ PORT: String(await freePort()) });
  const guarded = start({ PORT: String(await freePort()), MODAL_WEBHOOK_SECRET: 'modal-secret' });
  await Promise.all([open.ready(), guarded.ready()]);
  expect(warnings(open)).toEqual([expect.stringMatching(/^warn .* without a signature$/)]);
  expect(warnings(guarded)).toEqual([]);
}, 90_000);

describe.each(['process', 'group'] as const)('SIGTERM to the %s', (to) => {
  test('ends it within 2 s, with an open socket, and leaves no process and no port', async () => {
    const port = await freePort();
    const started = start({ PORT: String(port) });
    const url = await started.ready();
    const tenant = newTenant();
    const client = await openStream(at(url), tenant);
    await publishOne(at(url), progress(tenant));
    expect(await started.processes()).not.toEqual([]);

    started.kill('SIGTERM', to);
    expect(await untilGone(started)).toBe(true);
    await started.ended();
    await client.closed();
    await expect(fetch(url)).rejects.toThrow();
  }, 90_000);
});

test('SIGINT to the group, as Ctrl-C sends it, ends it as well', async () => {
  const started = start({ PORT: String(await freePort()) });
  await started.ready();
  started.kill('SIGINT', 'group');
  expect(await untilGone(started)).toBe(true);
}, 90_000);

test('a taken port is named in one line, and the exit code is 1', async () => {
  const { server, port } = await takePort();
  const started = start({ PORT: String(port) });
  expect(await started.ended()).toBe(1);
  expect(started.lines()).toEqual([expect.stringContaining(String(port))]);
  expect(await started.processes()).toEqual([]);
  server.close();
}, 90_000);

test.each(['abc', '-1', '65536', '80.5'])(
  'PORT=%s is named in one line, and the exit code is 1',
  async (port) => {
    const started = start({ PORT: port });
    expect(await started.ended()).toBe(1);
    const lines = started.lines();
    expect(lines).toEqual([expect.stringContaining('PORT')]);
    expect(lines[0]).toContain(port);
  },
  90_000,
);

test('SESSION_TIMEOUT=600 is named in one line, and the exit code is 1', async () => {
  const started = start({ PORT: String(await freePort()), SESSION_TIMEOUT: '600' });
  expect(await started.ended()).toBe(1);
  expect(started.lines()).toEqual([
    'SESSION_TIMEOUT must be a whole number of seconds from 1 to 599, not "600"',
  ]);
}, 90_000);

test('settings of the stack are taken as a deployment takes them', async () => {
  const settings = ['-c', 'relay:stage=blue', '--context', 'relay:sseStreams=1'];
  const started = start({ PORT: String(await freePort()) }, settings);
  const cloud = at(await started.ready());
  const streams = await Promise.all([1, 2].map(() => openSse(cloud, tenantStream(newTenant()))));
  expect(streams.map(({ status }) => status).toSorted()).toEqual([200, 503]);
  await Promise.all(streams.map((stream) => stream.close()));
}, 90_000);

test('a setting that does not hold is named in one line, and the exit code is 1', async () => {
  const started = start({ PORT: String(await freePort()) }, ['-c', 'relay:stage=Blue']);
  expect(await started.ended()).toBe(1);
  expect(started.lines()).toEqual(['relay:stage must be 1 to 16 lower-case letters and digits, not "Blue"']);
  expect(await started.processes()).toEqual([]);
}, 90_000);

test('two run side by side and know nothing of each other', async () => {
  const [one, other] = [start({ PORT: String(await freePort()) }), start({ PORT: String(await freePort()) })];
  const urls = await Promise.all([one.ready(), other.ready()]);
  expect(new Set(urls).size).toBe(2);
  const tenant = newTenant();
  const clients = await Promise.all(urls.map((url) => openStream(at(url), tenant)));
  const ids: string[] = [];
  for (const url of urls) ids.push(await publishOne(at(url), progress(tenant)));
  for (const [which, client] of clients.entries()) {
    expect((await client.frames(1)).map(({ id, seq }) => [id, seq])).toEqual([[ids[which], 1]]);
    expect(client.received).toHaveLength(1);
    await client.close();
  }
}, 120_000);
