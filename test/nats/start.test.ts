/** `npm start` with NATS_URL: the bridge runs inside, and whatever is wrong with NATS, the rest is served. */
import { afterEach, expect, test } from 'vitest';
import {
  commanded,
  INIT,
  isConnected,
  newArena,
  seen,
  untilConnected,
  watch,
} from '../support/arena-clients.ts';
import { ArenaEngine } from '../support/arena-engine.ts';
import { addresses, type Cloud } from '../support/cloud.ts';
import { NatsServer, type NatsServerOptions } from '../support/nats-server.ts';
import { openStream } from '../support/socket-client.ts';
import { freePort, Started } from '../support/start.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne } from '../support/webhook.ts';

/** It may have to be synthesized first. */
const READY_MS = 100_000;

const running: Started[] = [];
const servers: NatsServer[] = [];

async function start(natsUrl: string, environment: Record<string, string> = {}): Promise<Started> {
  const started = new Started({
    PORT: String(await freePort()),
    HOST: '',
    RELAY_WEBHOOK_TOKEN: '',
    ACCEPT_CLIENT_BEARER: '',
    RELAY_DATA_DIR: '',
    ARENA_TOKEN: '',
    NATS_CREDENTIALS: '',
    NATS_URL: natsUrl,
    ...environment,
  });
  running.push(started);
  return started;
}

async function serve(options?: NatsServerOptions): Promise<NatsServer> {
  const server = await NatsServer.start(options);
  servers.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((started) => started.end()));
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

const at = (httpUrl: string): Cloud => ({
  ...addresses(httpUrl),
  webhookToken: 'dev-secret',
  peerSecret: 'dev-secret-key-for-this-machine-only',
  close: async () => undefined,
});

/** From the engine to a client, and from the game master to the engine. */
async function expectBridged(cloud: Cloud, engine: ArenaEngine): Promise<void> {
  await untilConnected(cloud, true);
  const session = newArena();
  const client = await watch(cloud, session);
  await engine.tell(session, 'round.start', { round: 1 });
  expect(await seen(client, 1)).toEqual([['round.start', { round: 1 }]]);
  await commanded(cloud, INIT, { session_id: session }, session);
  expect(await engine.hears(session, 2)).toContainEqual({
    subject: 'arena.init',
    text: JSON.stringify({ session_id: session }),
  });
  await client.close();
}

async function expectServing(cloud: Cloud): Promise<void> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const id = await publishOne(cloud, progress(tenant));
  expect((await client.frames(1))[0]?.id).toBe(id);
  await client.close();
}

test('bridges between NATS and the clients, and SIGTERM ends the bridge as well', async () => {
  const server = await serve();
  const started = await start(server.url);
  const cloud = at(await started.ready(READY_MS));
  const engine = await ArenaEngine.connect(server.url);
  await expectBridged(cloud, engine);
  await engine.close();
  expect(await server.clients()).toContainEqual(expect.stringMatching(/^relay-bridge-/));
  started.kill('SIGTERM', 'process');
  await started.ended();
  expect(await started.processes()).toEqual([]);
  // It is no process of the start's group, but ends with it.
  await until('the bridge has gone', async () => ((await server.clients()).length === 0 ? true : undefined));
});

test('a server that cannot be reached stops nothing else', async () => {
  const started = await start('nats://127.0.0.1:1');
  const cloud = at(await started.ready(READY_MS));
  expect(await isConnected(cloud)).toBe(false);
  await expectServing(cloud);
});

test.each<[string, NatsServerOptions, (url: string) => string]>([
  [
    'a user and a password',
    { user: 'relay', password: 'p@ss/word' },
    (url) => url.replace('//', `//relay:${encodeURIComponent('p@ss/word')}@`),
  ],
  ['a token', { token: 'the-token-of-nats' }, (url) => url.replace('//', '//the-token-of-nats@')],
])('%s in the URL are shown to the server, and appear in no line', async (_, options, urlWith) => {
  const server = await serve(options);
  const started = await start(urlWith(server.url));
  const cloud = at(await started.ready(READY_MS));
  const { user, password, token } = options;
  const shown = token === undefined ? { user: user ?? '', pass: password ?? '' } : { token };
  const engine = await ArenaEngine.connect(server.url, shown);
  await expectBridged(cloud, engine);
  await engine.close();
  const secrets = [password, token].flatMap((secret) =>
    secret === undefined ? [] : [secret, encodeURIComponent(secret)],
  );
  for (const secret of secrets) expect(started.lines().join('\n')).not.toContain(secret);
});

test.each<[string, string, Record<string, string>, RegExp]>([
  ['no URL', 'somewhere', {}, /natsUrl|NATS_URL/],
  ['another scheme', 'http://127.0.0.1:4222', {}, /natsUrl|NATS_URL/],
  [
    'credentials in two places',
    'nats://relay:in-the-url@127.0.0.1:4222',
    { NATS_CREDENTIALS: '{"token":"in-the-variable"}' },
    /NATS_CREDENTIALS/,
  ],
])('%s is named in one line, and the exit code is 1', async (_, url, environment, named) => {
  const started = await start(url, environment);
  expect(await started.ended()).toBe(1);
  expect(started.lines()).toEqual([expect.stringMatching(named)]);
  expect(started.lines()[0]).not.toMatch(/in-the-url|in-the-variable/);
  expect(await started.processes()).toEqual([]);
});
