/** Everything that the functions of the hook backend do, and what the shared ones do for tokens alone. */
import { expect } from 'vitest';
import {
  bearer,
  call,
  hookEvent,
  issueToken,
  newTicket,
  newUser,
  openEvents,
  openRt,
  postCli,
  postEvent,
  refusedHandshake,
  revoke,
  tryToRevoke,
  type User,
} from '../hook-client.ts';
import type { SocketClient } from '../socket-client.ts';
import { until } from '../until.ts';
import { type Act, untilClosed, type Watched } from './watched.ts';

/** A token of nobody: to refuse it takes a look. */
const NOBODYS = `u${'0'.repeat(20)}t${'0'.repeat(16)}_${'0'.repeat(64)}`;

async function callAsNobody({ cloud }: Watched): Promise<void> {
  const session = bearer(`session_${NOBODYS}`);
  for (const route of [
    'POST /api/user',
    'GET /api/me',
    'POST /api/token',
    'POST /api/token/revoke',
    'POST /api/ticket',
  ]) {
    expect((await call(cloud, route, { headers: session })).status, route).toBe(401);
  }
  expect((await postCli(cloud, `hook_${NOBODYS}`, hookEvent())).status).toBe(401);
  expect(await refusedHandshake(cloud, '/api/rt', { ...bearer(`hook_${NOBODYS}`) })).toBe(401);
}

async function manageTokens({ cloud, table }: Watched): Promise<void> {
  const user = await newUser(cloud);
  expect((await call(cloud, 'POST /api/user', { headers: bearer(user.session) })).status).toBe(200);
  const { tokenId } = await issueToken(cloud, user);
  const me = await call(cloud, 'GET /api/me', { headers: bearer(user.session) });
  expect(JSON.parse(me.text).tokens).toMatchObject([{ token_id: tokenId }]);
  await newTicket(cloud, user);
  await revoke(cloud, user, { token_id: tokenId });
  // One that has expired is cleared away when the next is issued.
  const short = await issueToken(cloud, user, { ttl_seconds: 1 });
  await until('it has expired', () => (Date.now() > short.exp * 1_000 ? true : undefined));
  await issueToken(cloud, user);
  expect(await table.has(`T#${short.tokenId}`)).toBe(false);
}

async function openSocket(
  watched: Watched,
): Promise<{ user: User; token: string; client: SocketClient; id: string }> {
  const { cloud } = watched;
  const user = await newUser(cloud);
  const { token } = await issueToken(cloud, user);
  const before = new Set(cloud.twin.connections().map(({ id }) => id));
  const client = await openRt(cloud, token);
  const [id = ''] = cloud.twin
    .connections()
    .flatMap((connection) => (before.has(connection.id) ? [] : [connection.id]));
  return { user, token, client, id };
}

/** Events without a name, with one, and with the same one again reach a socket. */
async function postAndRepeat(watched: Watched, patienceMs: number): Promise<void> {
  const { cloud } = watched;
  const { token, client } = await openSocket(watched);
  await postEvent(cloud, token);
  await postEvent(cloud, token, { event_id: 'once' });
  await postEvent(cloud, token, { event_id: 'once' });
  expect((await client.frames(2, patienceMs)).map(({ event_id }) => event_id)).toContain('once');
  await client.close();
}

async function postToGhost(watched: Watched, patienceMs: number): Promise<void> {
  const { token, client, id } = await openSocket(watched);
  watched.cloud.twin.vanish(id);
  await untilClosed(client, patienceMs);
  await watched.table.age(id, 60);
  await postEvent(watched.cloud, token);
  expect(await watched.table.traces(id)).toEqual([]);
}

async function watchStream({ cloud }: Watched, patienceMs: number): Promise<void> {
  const user = await newUser(cloud);
  const { token } = await issueToken(cloud, user);
  const client = await openEvents(cloud, user.session);
  await postEvent(cloud, token);
  await client.frames(1, patienceMs);
  await client.close();
}

async function revokeOpened(watched: Watched, patienceMs: number): Promise<void> {
  const { user, token, client, id } = await openSocket(watched);
  await revoke(watched.cloud, user, { token });
  await untilClosed(client, patienceMs);
  expect(await watched.table.traces(id)).toEqual([]);
}

/** The token goes while its handshake is under way: nothing of it stays. */
async function revokeArriving(watched: Watched): Promise<void> {
  const { cloud } = watched;
  const user = await newUser(cloud);
  const { token } = await issueToken(cloud, user);
  const items = await watched.table.countConnections();
  watched.before('EventsConnectFunction', 'GetItem', () => revoke(cloud, user, { token }));
  expect(await refusedHandshake(cloud, '/api/rt', { ...bearer(token) })).toBe(401);
  expect(await watched.table.countConnections()).toBe(items);
}

/** The revoking function dies once the token is marked; the minute's pass finishes its work. */
async function finishRevocation(watched: Watched, patienceMs: number): Promise<void> {
  const { cloud, table } = watched;
  const { user, token, client, id } = await openSocket(watched);
  const [, tokenId = ''] = token.split('_');
  // Its address, its caller, the token asked for, the record of the act, the note, the mark.
  watched.dieAfter('TokensRevokeFunction', 6);
  expect((await tryToRevoke(cloud, user, { token })).status).not.toBe(200);
  expect(await table.traces(id)).toEqual(['N', 'S']);
  await table.age(tokenId, 61);
  await cloud.twin.fireSchedules();
  await untilClosed(client, patienceMs);
  expect(await table.traces(id)).toEqual([]);
}

export const hookBackendActs: readonly Act[] = [
  callAsNobody,
  manageTokens,
  postAndRepeat,
  postToGhost,
  watchStream,
  revokeOpened,
  revokeArriving,
  finishRevocation,
];
