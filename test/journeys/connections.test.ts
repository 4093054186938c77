/** Sockets that come, go and vanish: what they get on the way, and what is left of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { issueToken, newUser, openRt, postEvent } from '../support/hook-client.ts';
import { openStream } from '../support/socket-client.ts';
import { TwinTable } from '../support/tables.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publish, publishOne } from '../support/webhook.ts';

const CONNECT_DELAY_MS = 600;

/** Called with a tenant's name when its `$connect` has done its work and its answer is held back. */
let heldBack: (tenant: string) => void = () => undefined;
let slowTenant = '';
let failingTenant = '';
let cloud: TwinCloud;
let table: TwinTable;

function tenantOf(event: unknown): string {
  const query: unknown = Object(Object(event).queryStringParameters);
  return String(Object(query).tenant);
}

beforeAll(async () => {
  cloud = await startTwinCloud({
    async onInvoke({ functionName, event }, proceed) {
      const result = await proceed();
      if (!functionName.startsWith('EventsConnect')) return result;
      const tenant = tenantOf(event);
      if (tenant === failingTenant) throw new Error('the connect function died after its work');
      if (tenant === slowTenant) {
        heldBack(tenant);
        await sleep(CONNECT_DELAY_MS);
      }
      return result;
    },
  });
  table = new TwinTable(cloud.twin);
});
afterAll(async () => {
  table?.close();
  await cloud?.close();
});

function connectionIds(tenant: string): string[] {
  return cloud.twin.connections().flatMap(({ id, query }) => (query.tenant === tenant ? [id] : []));
}

async function openOne(
  tenant: string,
): Promise<{ id: string; client: Awaited<ReturnType<typeof openStream>> }> {
  const before = connectionIds(tenant);
  const client = await openStream(cloud, tenant);
  const [id = ''] = connectionIds(tenant).filter((known) => !before.includes(known));
  expect(await table.traces(id)).toEqual(['N', 'S']);
  return { id, client };
}

function untilForgotten(id: string): Promise<true> {
  return until(`no item speaks of ${id}`, async () =>
    (await table.traces(id)).length === 0 ? true : undefined,
  );
}

/** A handshake whose function has answered and whose socket is not open yet. */
async function beginSlowHandshake() {
  const tenant = newTenant();
  slowTenant = tenant;
  const connecting = new Promise<string>((resolve) => {
    heldBack = resolve;
  });
  const opening = openStream(cloud, tenant);
  await connecting;
  return { tenant, opening };
}

test('an event posted before the handshake is over reaches the client, and later ones too', async () => {
  const { tenant, opening } = await beginSlowHandshake();
  expect(connectionIds(tenant)).toEqual([]);
  const early = publishOne(cloud, progress(tenant, { n: 1 }));
  const client = await opening;
  const ids = [await early];
  ids.push(await publishOne(cloud, progress(tenant, { n: 2 })));
  const frames = await client.frames(2);
  expect(frames.map(({ id, n }) => [id, n])).toEqual([
    [ids[0], 1],
    [ids[1], 2],
  ]);
  expect(client.received).toHaveLength(2);
  await client.close();
});

test('several events posted before the handshake is over arrive in order', async () => {
  const { tenant, opening } = await beginSlowHandshake();
  const early = publish(
    cloud,
    [1, 2, 3].map((n) => progress(tenant, { n })),
  );
  const client = await opening;
  await early;
  expect((await client.frames(3)).map(({ n }) => n)).toEqual([1, 2, 3]);
  await client.close();
});

test('a clean close leaves nothing behind', async () => {
  const tenant = newTenant();
  const { id, client } = await openOne(tenant);
  await client.close();
  expect(await untilForgotten(id)).toBe(true);
  await publishOne(cloud, progress(tenant));
});

test('one client’s close does not touch the other clients of its tenant', async () => {
  const tenant = newTenant();
  const leaving = await openOne(tenant);
  const staying = await openOne(tenant);
  await leaving.client.close();
  await untilForgotten(leaving.id);
  expect(await table.traces(staying.id)).toEqual(['N', 'S']);
  await publishOne(cloud, progress(tenant));
  expect(await staying.client.frames(1)).toHaveLength(1);
  await staying.client.close();
});

test('sockets that vanished are forgotten by the pass, and those that live are not', async () => {
  const tenant = newTenant();
  const ghosts = await Promise.all([1, 2, 3].map(() => openStream(cloud, tenant)));
  const ghostIds = connectionIds(tenant);
  expect(ghostIds).toHaveLength(ghosts.length);
  const living = await openOne(tenant);
  for (const id of ghostIds) cloud.twin.vanish(id);
  await Promise.all(ghosts.map((ghost) => ghost.closed()));
  for (const id of [...ghostIds, living.id]) await table.age(id, 60);
  for (const id of ghostIds) expect(await table.traces(id)).toEqual(['N', 'S']);

  await cloud.twin.fireSchedules();
  for (const id of ghostIds) await untilForgotten(id);
  expect(await table.traces(living.id)).toEqual(['N', 'S']);
  await publishOne(cloud, progress(tenant));
  expect(await living.client.frames(1)).toHaveLength(1);
  await living.client.close();
});

test('a connection of the last seconds is left alone by the pass', async () => {
  const tenant = newTenant();
  const { id } = await openOne(tenant);
  cloud.twin.vanish(id);
  await cloud.twin.fireSchedules();
  expect(await table.traces(id)).toEqual(['N', 'S']);
  await table.age(id, 60);
  await cloud.twin.fireSchedules();
  expect(await untilForgotten(id)).toBe(true);
});

test('a handshake that failed after its work does not stand in the way of the tenant’s events', async () => {
  const tenant = newTenant();
  failingTenant = tenant;
  await expect(openStream(cloud, tenant)).rejects.toThrow(/refused with 5\d\d/);
  failingTenant = '';
  await publishOne(cloud, progress(tenant));
  const next = await openOne(tenant);
  await publishOne(cloud, progress(tenant));
  expect((await next.client.frames(1)).map(({ seq }) => seq)).toEqual([2]);
  await next.client.close();
});

test('an old connection that is found gone by a post is forgotten', async () => {
  const tenant = newTenant();
  const ghost = await openOne(tenant);
  const living = await openOne(tenant);
  cloud.twin.vanish(ghost.id);
  await table.age(ghost.id, 60);
  await publishOne(cloud, progress(tenant, { n: 1 }));
  expect(await untilForgotten(ghost.id)).toBe(true);
  await publishOne(cloud, progress(tenant, { n: 2 }));
  expect((await living.client.frames(2)).map(({ n }) => n)).toEqual([1, 2]);
  await living.client.close();
});

test('beside a young ghost every event arrives, in order', async () => {
  const tenant = newTenant();
  const ghost = await openOne(tenant);
  const living = await openOne(tenant);
  cloud.twin.vanish(ghost.id);
  const ids = await publish(
    cloud,
    [1, 2, 3].map((n) => progress(tenant, { n })),
  );
  expect((await living.client.frames(3)).map(({ id }) => id)).toEqual(ids);
  await living.client.close();
});

test('a quiet socket is closed by the minute’s pass once its token has expired, and nobody else’s', async () => {
  const user = await newUser(cloud);
  const short = await issueToken(cloud, user, { ttl_seconds: 2 });
  const { token } = await issueToken(cloud, user);
  const before = new Set(cloud.twin.connections().map(({ id }) => id));
  const ends = await openRt(cloud, short.token);
  const stays = await openRt(cloud, token);
  const opened = cloud.twin.connections().flatMap(({ id }) => (before.has(id) ? [] : [id]));
  expect(opened).toHaveLength(2);
  for (const id of opened) await table.age(id, 30);
  await until('the token has expired', () => (Date.now() >= short.exp * 1_000 ? true : undefined));
  await cloud.twin.fireSchedules();
  await ends.closed();
  expect((await Promise.all(opened.map((id) => table.traces(id)))).toSorted()).toEqual([[], ['N', 'S']]);
  await postEvent(cloud, token);
  expect(await stays.frames(1)).toHaveLength(1);
  await stays.close();
});
