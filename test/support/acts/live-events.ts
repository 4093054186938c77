/** Everything that the functions of live events do, and what all surfaces share. */
import { expect } from 'vitest';
import { openAt, openStream, type SocketClient } from '../socket-client.ts';
import { openSse, tenantStream } from '../sse-client.ts';
import { until } from '../until.ts';
import { newTenant, progress, publishOne, send, sendRaw } from '../webhook.ts';
import { type Act, connectionOf, type Watched } from './watched.ts';

const STARTER = 'EventsStartFunction';
const LISTENER = 'EventsMessageFunction';

/** Events without a name, with one, and with the same one again reach a client. */
async function publishAndRepeat({ cloud }: Watched, patienceMs: number): Promise<void> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const named = { headers: { 'Idempotency-Key': 'once' } };
  const publishAll = async () => [
    await publishOne(cloud, progress(tenant, { n: 1 })),
    await publishOne(cloud, progress(tenant, { n: 2 }), named),
    await publishOne(cloud, progress(tenant, { n: 2 }), named),
  ];
  const [ids, frames] = await Promise.all([publishAll(), client.frames(2, patienceMs)]);
  expect(ids[2]).toBe(ids[1]);
  expect(frames.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  await client.close();
}

async function leave({ cloud, table, left }: Watched): Promise<void> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const id = connectionOf(cloud, tenant);
  expect(await table.traces(id)).toEqual(['N', 'S']);
  await client.close();
  await until('the disconnect function has ended', () => left.find((other) => other === id));
  expect(await table.traces(id)).toEqual([]);
}

/** A socket that vanished a minute ago, though the table still speaks of it. */
async function makeGhost({ cloud, table }: Watched): Promise<{ tenant: string; id: string }> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const id = connectionOf(cloud, tenant);
  cloud.twin.vanish(id);
  await client.closed();
  await table.age(id, 60);
  expect(await table.traces(id)).toEqual(['N', 'S']);
  return { tenant, id };
}

async function postToGhost(watched: Watched): Promise<void> {
  const { tenant, id } = await makeGhost(watched);
  await publishOne(watched.cloud, progress(tenant));
  expect(await watched.table.traces(id)).toEqual([]);
}

async function sweepGhost(watched: Watched): Promise<void> {
  const { id } = await makeGhost(watched);
  await watched.cloud.twin.fireSchedules();
  expect(await watched.table.traces(id)).toEqual([]);
}

/** The first attempt dies once its event is logged (number, name, slot); the retry finds it there and posts it. */
async function retryAfterCrash({ cloud, dieAfter }: Watched): Promise<void> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const named = { headers: { 'Idempotency-Key': 'fated' } };
  dieAfter('IngestLiveEventsFunction', 3);
  expect((await send(cloud, progress(tenant), named)).status).not.toBe(202);
  const id = await publishOne(cloud, progress(tenant), named);
  expect((await client.frames(1)).map((frame) => frame.id)).toEqual([id]);
  await client.close();
}

/** A stream of a new tenant, and an event on it. */
async function stream({ cloud }: Watched, patienceMs: number): Promise<void> {
  const tenant = newTenant();
  const client = await openSse(cloud, tenantStream(tenant));
  expect(client.status).toBe(200);
  await client.standing();
  const id = await publishOne(cloud, progress(tenant));
  expect((await client.frames(1, patienceMs)).map((frame) => frame.id)).toEqual([id]);
  await client.close();
}

/** A client of `relay.v1`; what follows its handshake is lost if `losesHandOffs` says so. */
function openV1({ cloud }: Watched, tenant: string, after?: string): Promise<SocketClient> {
  const query = after === undefined ? '' : `&after=${after}`;
  return openAt(cloud, `/stream?tenant=${tenant}${query}`, undefined, ['relay.v1']);
}

/** What a client missed reaches it by the hand-off of its handshake. */
async function resume(watched: Watched, patienceMs: number): Promise<void> {
  const tenant = newTenant();
  const ids = [
    await publishOne(watched.cloud, progress(tenant)),
    await publishOne(watched.cloud, progress(tenant)),
  ];
  const client = await openV1(watched, tenant, ids[0]);
  const [ready, missed] = await client.frames(2, patienceMs);
  expect(ready).toMatchObject({ type: 'ready', recovered: true });
  expect(missed?.id).toBe(ids[1]);
  // An event that is published before it is subscribed would reach it as one that it missed.
  const connection = connectionOf(watched.cloud, tenant);
  const isSubscribed = async () =>
    (await watched.table.traces(connection)).includes('S') ? true : undefined;
  await until('the subscription', isSubscribed, patienceMs);
  const live = await publishOne(watched.cloud, progress(tenant));
  await client.frameWhere(({ id }) => id === live, patienceMs);
  await client.close();
}

/** The hand-off is lost; the client starts by itself, asks for what it missed, and hears the pass's heartbeat. */
async function converse(watched: Watched, patienceMs: number): Promise<void> {
  const tenant = newTenant();
  const id = await publishOne(watched.cloud, progress(tenant));
  watched.losesHandOffs = true;
  const client = await openV1(watched, tenant);
  watched.losesHandOffs = false;
  client.send('{"action":"start"}');
  await client.frameWhere(({ type }) => type === 'ready', patienceMs);
  client.send(JSON.stringify({ action: 'resume', after: id.replace(/\.\d+$/, '.0') }));
  await client.frameWhere(({ type }) => type === 'events', patienceMs);
  await watched.table.age(connectionOf(watched.cloud, tenant), 4 * 60);
  await watched.cloud.twin.fireSchedules();
  await client.frameWhere(({ type }) => type === 'heartbeat', patienceMs);
  await client.close();
}

/** A connection of some age whose client has not been started yet, and which vanishes when a function posts to it. */
async function endedBy(
  watched: Watched,
  functionName: string,
  eventFor: (id: string) => unknown,
): Promise<void> {
  const { cloud, table } = watched;
  const tenant = newTenant();
  watched.losesHandOffs = true;
  const client = await openV1(watched, tenant);
  watched.losesHandOffs = false;
  const id = connectionOf(cloud, tenant);
  await table.age(id, 30);
  watched.vanishesBefore = functionName;
  await cloud.twin.invoke(functionName, eventFor(id)).finally(() => {
    watched.vanishesBefore = undefined;
  });
  await client.closed();
  expect(await table.traces(id)).toEqual([]);
}

const startEvent = (connection: string) => ({ start: { connection } });
const pingEvent = (connectionId: string) => ({ requestContext: { connectionId }, body: '{"action":"ping"}' });

/** The function that is granted nothing but its log. */
async function getLost({ cloud }: Watched): Promise<void> {
  expect((await sendRaw(cloud, '{}', { path: '/nowhere' })).status).toBe(404);
}

export const liveEventsActs: readonly Act[] = [
  publishAndRepeat,
  sweepGhost,
  postToGhost,
  leave,
  stream,
  resume,
  converse,
  (watched) => endedBy(watched, STARTER, startEvent),
  (watched) => endedBy(watched, LISTENER, pingEvent),
  retryAfterCrash,
  getLost,
];
