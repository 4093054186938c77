/** A sender's retry is not a second event when the sender named it (contract row X3). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { openStream } from '../support/socket-client.ts';
import { newTenant, progress, publish, publishOne } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

interface Naming {
  readonly headers?: Record<string, string>;
  readonly fields?: Record<string, unknown>;
}

const namings: [string, (name: string) => Naming][] = [
  ['Idempotency-Key', (name) => ({ headers: { 'Idempotency-Key': name } })],
  ['webhook-id', (name) => ({ headers: { 'webhook-id': name } })],
  ['event_id', (name) => ({ fields: { event_id: name } })],
];

describe.each(namings)('named by %s', (_, naming) => {
  const { headers = {}, fields = {} } = naming('evt-1');

  test('a retry is answered as the first attempt and reaches nobody', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const first = await publishOne(cloud, progress(tenant, fields), { headers });
    const again = await publishOne(cloud, progress(tenant, { ...fields, job_id: 'changed' }), { headers });
    const other = await publishOne(cloud, progress(tenant));
    expect(again).toBe(first);
    expect((await client.frames(2)).map(({ id, job_id }) => [id, job_id])).toEqual([
      [first, 'job-1'],
      [other, 'job-1'],
    ]);
    expect(client.received).toHaveLength(2);
    await client.close();
  });

  test('attempts at the same time are one event', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const attempts = Array.from({ length: 5 }, (_, attempt) =>
      publishOne(cloud, progress(tenant, { ...fields, attempt }), { headers }),
    );
    const ids = new Set(await Promise.all(attempts));
    expect(ids.size).toBe(1);
    const last = await publishOne(cloud, progress(tenant));
    await client.frameWhere(({ id }) => id === last);
    const frames = client.received.filter(({ id }) => id !== last);
    expect(frames.map(({ id }) => id)).toEqual([...ids]);
    await client.close();
  });

  test('the name of another tenant’s event is another event', async () => {
    const tenants = [newTenant(), newTenant()];
    const clients = await Promise.all(tenants.map((tenant) => openStream(cloud, tenant)));
    for (const tenant of tenants) await publishOne(cloud, progress(tenant, fields), { headers });
    for (const [which, client] of clients.entries()) {
      expect((await client.frames(1))[0]?.tenant).toBe(tenants[which]);
      expect(client.received).toHaveLength(1);
      await client.close();
    }
  });

  test('another name is another event', async () => {
    const tenant = newTenant();
    const other = naming('evt-2');
    const first = await publishOne(cloud, progress(tenant, fields), { headers });
    const second = await publishOne(cloud, progress(tenant, other.fields), {
      ...(other.headers && { headers: other.headers }),
    });
    expect(second).not.toBe(first);
  });
});

test('a retry without a name is a new event', async () => {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const ids = [await publishOne(cloud, progress(tenant)), await publishOne(cloud, progress(tenant))];
  expect((await client.frames(2)).map(({ id }) => id)).toEqual(ids);
  expect(new Set(ids).size).toBe(2);
  await client.close();
});

test('an event’s own event_id goes before the header', async () => {
  const tenant = newTenant();
  const named = (event_id: string, key: string) =>
    publishOne(cloud, progress(tenant, { event_id }), { headers: { 'Idempotency-Key': key } });
  const first = await named('a', 'k');
  expect(await named('b', 'k')).not.toBe(first);
  expect(await named('a', 'l')).toBe(first);
});

test('in a list the header names each event by its place', async () => {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const options = { headers: { 'Idempotency-Key': 'k' } };
  const list = [0, 1, 2].map((n) => progress(tenant, { n }));
  const ids = await publish(cloud, list, options);
  expect(await publish(cloud, list, options)).toEqual(ids);
  expect(await publish(cloud, progress(tenant), { headers: { 'Idempotency-Key': 'k#1' } })).toEqual([ids[1]]);
  expect(await publish(cloud, progress(tenant, { event_id: 'k#2' }))).toEqual([ids[2]]);
  const [longer0, , , added] = await publish(cloud, [...list, progress(tenant, { n: 3 })], options);
  expect(longer0).toBe(ids[0]);
  expect(ids).not.toContain(added);
  const frames = await client.frames(4);
  expect(frames.map(({ n }) => n)).toEqual([0, 1, 2, 3]);
  expect(frames.map(({ id }) => id)).toEqual([...ids, added]);
  await client.close();
});

test('a name twice in one list is one event', async () => {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const list = ['a', 'b', 'a'].map((event_id, n) => progress(tenant, { event_id, n }));
  const [first, second, third] = await publish(cloud, list);
  expect(third).toBe(first);
  const last = await publishOne(cloud, progress(tenant));
  await client.frameWhere(({ id }) => id === last);
  expect(client.received.map(({ id }) => id)).toEqual([first, second, last]);
  await client.close();
});

test('lists that share names in another order, sent at once, end in one event a name', async () => {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const names = ['a', 'b', 'c', 'd', 'e'];
  const orders = [names, [...names].reverse(), ['c', 'a', 'e', 'b', 'd']];
  const answers = await Promise.all(
    orders.map((order) =>
      publish(
        cloud,
        order.map((event_id) => progress(tenant, { event_id })),
      ),
    ),
  );
  const idOf = (order: number, name: string) => answers[order]?.[orders[order]?.indexOf(name) ?? -1];
  for (const name of names) {
    expect(idOf(1, name), name).toBe(idOf(0, name));
    expect(idOf(2, name), name).toBe(idOf(0, name));
  }
  const last = await publishOne(cloud, progress(tenant));
  await client.frameWhere(({ id }) => id === last);
  const delivered = client.received.map(({ id, event_id }) => `${event_id} ${id}`);
  expect(new Set(delivered)).toEqual(
    new Set([...names.map((name) => `${name} ${idOf(0, name)}`), `undefined ${last}`]),
  );
  await client.close();
});
