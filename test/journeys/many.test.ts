/** Many senders, many clients: nothing is lost, nothing is doubled, nothing strays. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openStream, type SocketClient } from '../support/socket-client.ts';
import { newTenant, progress, publish, publishOne } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** API Gateway takes 500 new connections a second, so a batch waits for its share. */
const CONNECTIONS_PER_SECOND = 400;

async function openMany(tenant: string, count: number, atOnce: number): Promise<SocketClient[]> {
  const clients: SocketClient[] = [];
  while (clients.length < count) {
    const batch = upTo(Math.min(atOnce, count - clients.length)).map(() => openStream(cloud, tenant));
    const pause = sleep((batch.length / CONNECTIONS_PER_SECOND) * 1000);
    clients.push(...(await Promise.all(batch)));
    await pause;
  }
  return clients;
}

test('two tenants, ten clients each, 20 senders at once, 2,000 events', async () => {
  const tenants = [newTenant(), newTenant()];
  const clients = await Promise.all(
    tenants.map(async (tenant) => ({ tenant, sockets: await openMany(tenant, 10, 10) })),
  );
  // Each sender: 45 single events, then 5 lists of 11, for both tenants by turns: 100 events.
  const ids: [string[], string[]] = [[], []];
  const send = async (sender: number): Promise<void> => {
    for (const round of upTo(50)) {
      const event = (n: number) => progress(tenants[n % 2] ?? '', { sender, key: `${sender}-${round}-${n}` });
      const numbers = round < 45 ? [round] : upTo(11);
      const given = await publish(cloud, round < 45 ? event(round) : numbers.map(event));
      for (const [index, n] of numbers.entries()) ids[n % 2 === 0 ? 0 : 1].push(given[index] ?? '');
    }
  };
  await Promise.all(upTo(20).map(send));
  expect(new Set(ids.flat()).size).toBe(2_000);

  for (const [which, { tenant, sockets }] of clients.entries()) {
    const own = ids[which] ?? expect.unreachable();
    for (const socket of sockets) {
      const frames = await socket.frames(own.length, 30_000);
      expect(new Set(frames.map((frame) => frame.tenant))).toEqual(new Set([tenant]));
      expectNumbers(
        frames.toSorted((a, b) => a.seq - b.seq),
        own.map((_, index) => index + 1),
      );
      expect(new Set(frames.map(({ id }) => id))).toEqual(new Set(own));
      expect(new Set(frames.map(({ key }) => key)).size).toBe(own.length);
    }
  }
  for (const [which, { sockets }] of clients.entries()) {
    for (const socket of sockets) {
      expect(socket.received).toHaveLength(ids[which]?.length ?? 0);
      await socket.close();
    }
  }
}, 240_000);

needs('many-sockets', () => {
  test('2,000 clients of one tenant each get every one of 50 events', async () => {
    const tenant = newTenant();
    const clients = await openMany(tenant, 2_000, 50);
    const ids: string[] = [];
    for (const n of upTo(50)) ids.push(await publishOne(cloud, progress(tenant, { n })));
    for (const client of clients) {
      const frames = await client.frames(50, 30_000);
      expect(frames.map(({ id }) => id)).toEqual(ids);
      expect(client.received).toHaveLength(50);
    }
    await Promise.all(clients.map((client) => client.close()));
  }, 240_000);
});
