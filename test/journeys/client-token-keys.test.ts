/** Client tokens of published keys: fetched by the real functions from a server of the test's own (contract row X7). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyServer, SigningKey, secondsFromNow, signBySecret } from '../support/client-tokens.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { type OwnAssembly, ownAssembly } from '../support/own-assembly.ts';
import { HandshakeError, openStream, SocketClient } from '../support/socket-client.ts';
import { openSse, type SseClient, tenantStream } from '../support/sse-client.ts';
import { until } from '../support/until.ts';
import { expectProblem, newTenant, progress, publishOne } from '../support/webhook.ts';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const;
const CLIENT_JWT_SECRET = 'the-other-way-to-sign-a-client-token';

let keys: Map<string, SigningKey>;
let server: KeyServer;
let assembly: OwnAssembly;
let cloud: TwinCloud;

beforeAll(async () => {
  const made = await Promise.all(
    ALGORITHMS.map(async (alg) => [alg, await SigningKey.make(alg, `key-${alg}`)] as const),
  );
  keys = new Map(made);
  server = await KeyServer.start(made.map(([, { published }]) => published));
  assembly = await ownAssembly({ 'relay:clientJwksUrl': server.url });
  cloud = await startTwinCloud({ assembly: assembly.folder, environment: { CLIENT_JWT_SECRET } });
});
afterAll(async () => {
  await cloud?.close();
  await server?.close();
  await assembly?.remove();
});

const keyOf = (alg: string): SigningKey => keys.get(alg) ?? expect.unreachable();
const claimsFor = (tenant: string) => ({ channels: [`tenant:${tenant}`], exp: secondsFromNow(3_600) });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function refused(tenant: string, token: string): Promise<[socket: number, stream: SseClient]> {
  const socket = new SocketClient(cloud.socketUrl(`/stream?tenant=${tenant}`), bearer(token));
  const stream = await openSse(cloud, tenantStream(tenant), { headers: bearer(token) });
  await stream.ended();
  return [(await socket.refused()).status, stream];
}

async function expectOpen(tenant: string, token: string): Promise<void> {
  const socket = await openStream(cloud, tenant, bearer(token));
  const stream = await openSse(cloud, tenantStream(tenant), { headers: bearer(token) });
  await stream.standing();
  const id = await publishOne(cloud, progress(tenant));
  expect((await socket.frames(1)).map((frame) => frame.id)).toEqual([id]);
  expect((await stream.frames(1)).map((frame) => frame.id)).toEqual([id]);
  await Promise.all([socket.close(), stream.close()]);
}

test('while the keys cannot be had nobody is told that a token is wrong; afterwards it opens its channel', async () => {
  server.failure = 500;
  const tenant = newTenant();
  const token = await keyOf('ES256').sign(claimsFor(tenant));
  const [socket, stream] = await refused(tenant, token);
  expect(socket).toBe(503);
  expectProblem(stream, 503);
  expect(stream.headers.get('retry-after')).toBe('5');
  expect(cloud.lines.some((line) => line.includes('no keys for client tokens'))).toBe(true);
  server.failure = undefined;
  // For some seconds after a failure nobody asks for the keys.
  await until('the keys are asked for again, by both functions', async () => {
    const stream = await openSse(cloud, tenantStream(tenant), { headers: bearer(token) });
    await stream.close();
    if (stream.status === 503) return undefined;
    const socket = await openStream(cloud, tenant, bearer(token)).catch((error: unknown) => {
      if (error instanceof HandshakeError && error.status === 503) return undefined;
      throw error;
    });
    await socket?.close();
    return socket;
  });
  await expectOpen(tenant, token);
});

test.each(['RS256', 'ES256', 'EdDSA'])('a token of %s opens its channel', async (alg) => {
  const tenant = newTenant();
  await expectOpen(tenant, await keyOf(alg).sign(claimsFor(tenant)));
});

test('a token of the shared secret opens its channel beside them', async () => {
  const tenant = newTenant();
  await expectOpen(tenant, await signBySecret(CLIENT_JWT_SECRET, claimsFor(tenant)));
});

test('a token for another channel is refused: 403', async () => {
  const [socket, stream] = await refused(newTenant(), await keyOf('RS256').sign(claimsFor('other')));
  expect(socket).toBe(403);
  expectProblem(stream, 403);
});

test.each<[string, (tenant: string) => Promise<string>]>([
  ['of an algorithm that is not taken', (tenant) => keyOf('PS256').sign(claimsFor(tenant))],
  [
    'of a key that is not published, under the name of one that is',
    async (tenant) => (await SigningKey.make('RS256', 'key-RS256')).sign(claimsFor(tenant)),
  ],
  [
    'signed with a published key as if that were a shared secret',
    (tenant) => signBySecret(JSON.stringify(keyOf('RS256').published), claimsFor(tenant)),
  ],
  ['that has expired', (tenant) => keyOf('EdDSA').sign({ ...claimsFor(tenant), exp: secondsFromNow(-1) })],
])('a token %s opens nothing: 401', async (_, make) => {
  const tenant = newTenant();
  const [socket, stream] = await refused(tenant, await make(tenant));
  expect(socket).toBe(401);
  expectProblem(stream, 401);
});

test('where only published keys are configured, a client shows a token all the same', async () => {
  const other = await startTwinCloud({ assembly: assembly.folder });
  const tenant = newTenant();
  const nobody = await openSse(other, tenantStream(tenant));
  await nobody.ended();
  expectProblem(nobody, 401);
  const client = await openStream(other, tenant, bearer(await keyOf('ES256').sign(claimsFor(tenant))));
  await client.close();
  await other.close();
});
