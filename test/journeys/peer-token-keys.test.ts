/** Tokens of peers that are signed with published keys, fetched by the real functions from a server of the test's own (contract row P1). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KeyServer, SigningKey, secondsFromNow, signBySecret, unsigned } from '../support/client-tokens.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { type OwnAssembly, ownAssembly } from '../support/own-assembly.ts';
import { refusedPeer } from '../support/peer-client.ts';
import { greet, withPair } from '../support/peer-pair.ts';
import { newSession, peerToken, publicPem, relayPath } from '../support/peer-tokens.ts';
import { until } from '../support/until.ts';

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'PS256'] as const;

let keys: Map<string, SigningKey>;
let server: KeyServer;
const assemblies: OwnAssembly[] = [];
const clouds: TwinCloud[] = [];
/** Takes whatever is published, and tokens of the shared secret. */
let cloud: TwinCloud;
/** Takes two algorithms alone. */
let pinned: TwinCloud;

async function startWith(settings: object): Promise<TwinCloud> {
  const peerTokens = JSON.stringify({ jwksUrl: server.url, ...settings });
  const assembly = await ownAssembly({ 'relay:peerTokens': peerTokens });
  assemblies.push(assembly);
  const started = await startTwinCloud({ assembly: assembly.folder });
  clouds.push(started);
  return started;
}

beforeAll(async () => {
  const made = await Promise.all(
    ALGORITHMS.map(async (alg) => [alg, await SigningKey.make(alg, `key-${alg}`)] as const),
  );
  keys = new Map(made);
  server = await KeyServer.start(made.map(([, { published }]) => published));
  cloud = await startWith({ algorithms: ['HS256', 'RS256', 'ES256', 'EdDSA'] });
  pinned = await startWith({ algorithms: ['RS256', 'ES256'] });
});
afterAll(async () => {
  for (const started of clouds) await started.close();
  await server?.close();
  for (const assembly of assemblies) await assembly.remove();
});

const keyOf = (alg: string): SigningKey => keys.get(alg) ?? expect.unreachable();
const claims = () => ({ exp: secondsFromNow(3_600) });

async function statusOf(token: string, at = cloud, session = newSession()): Promise<number> {
  return (await refusedPeer(at, relayPath(session, token))).status;
}

test('while the keys cannot be had nobody is told that a token is wrong; afterwards it opens its session', async () => {
  server.failure = 500;
  const token = await keyOf('ES256').sign(claims());
  expect(await statusOf(token)).toBe(503);
  server.failure = undefined;
  // For some seconds after a failure nobody asks for the keys.
  await until('the keys are asked for again', () =>
    withPair(cloud, greet, { token }).then(
      () => true,
      () => undefined,
    ),
  );
});

test.each(['RS256', 'ES256', 'EdDSA'])(
  'a token of %s opens a session, beside one of the shared secret',
  async (alg) => {
    const token = await keyOf(alg).sign(claims());
    await withPair(cloud, greet, { token, serverToken: await peerToken(cloud) });
  },
);

test('a token that names another session is refused: 403', async () => {
  expect(await statusOf(await keyOf('RS256').sign({ ...claims(), session_id: 'another' }))).toBe(403);
});

test.each<[string, () => Promise<string> | string]>([
  ['of an algorithm that is not taken', () => keyOf('PS256').sign(claims())],
  [
    'of a key that is not published, under the name of one that is',
    async () => (await SigningKey.make('RS256', 'key-RS256')).sign(claims()),
  ],
  [
    'signed with the text of a published key as if that were a shared secret',
    () => signBySecret(publicPem(keyOf('RS256')), claims()),
  ],
  [
    'signed with the same text without its last line end',
    () => signBySecret(publicPem(keyOf('RS256')).trimEnd(), claims()),
  ],
  [
    'signed with a published key as it is published',
    () => signBySecret(JSON.stringify(keyOf('RS256').published), claims()),
  ],
  ['that nobody signed', () => unsigned(claims())],
  ['that has expired', () => keyOf('EdDSA').sign({ exp: secondsFromNow(-1) })],
  ['that does not hold yet', () => keyOf('EdDSA').sign({ ...claims(), nbf: secondsFromNow(3_600) })],
])('a token %s opens nothing: 401', async (_, make) => {
  expect(await statusOf(await make())).toBe(401);
});

test('only the algorithms that are configured are taken', async () => {
  for (const alg of ['RS256', 'ES256'])
    await withPair(pinned, greet, { token: await keyOf(alg).sign(claims()) });
  expect(await statusOf(await keyOf('EdDSA').sign(claims()), pinned)).toBe(401);
  expect(await statusOf(await peerToken(pinned), pinned)).toBe(401);
  expect(await statusOf(await signBySecret(publicPem(keyOf('RS256')), claims()), pinned)).toBe(401);
});
