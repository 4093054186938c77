/** As many streams as the relay has places for, and what those hear that come when all are taken. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsCall } from '../../local/aws/call.ts';
import { limits } from '../../shared/core/limits.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { openSse, type SseClient, tenantStream } from '../support/sse-client.ts';
import { TwinTable } from '../support/tables.ts';
import { expectProblem, newTenant, progress, publishOne } from '../support/webhook.ts';

const STREAMS = 4;
/** Longer than the function can run, so that a place is free by then. */
const LEASE_MS = 80_000;

let cloud: TwinCloud;
let table: TwinTable;
/** The last call of each environment that streams, by which a test can make it die. */
const streaming = new Map<string, AwsCall>();

beforeAll(async () => {
  cloud = await startTwinCloud({
    context: { 'relay:sseStreams': String(STREAMS) },
    onAwsCall(call, proceed) {
      if (call.functionName.startsWith('EventsSse')) streaming.set(call.environmentId, call);
      return proceed();
    },
  });
  table = new TwinTable(cloud.twin);
});
afterAll(async () => {
  table?.close();
  await cloud?.close();
});

const open = (tenant = newTenant()): Promise<SseClient> => openSse(cloud, tenantStream(tenant));

async function answerOf(client: SseClient) {
  await client.ended();
  return { status: client.status, headers: client.headers, text: client.text };
}

test('beyond the places a client is told when to come back; a crash keeps no place for longer than its lease', async () => {
  const tenants = Array.from({ length: STREAMS }, () => newTenant());
  const clients = await Promise.all(tenants.map(open));
  expect(clients.map(({ status }) => status)).toEqual(Array(STREAMS).fill(200));
  await Promise.all(clients.map((client) => client.standing()));

  const refused = await Promise.all(Array.from({ length: limits.streamSpares }, () => open()));
  for (const client of refused) {
    const answer = await answerOf(client);
    expectProblem(answer, 503);
    const seconds = Number(answer.headers.get('retry-after'));
    expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60, `${seconds}`).toBe(true);
  }
  // Those that have a place are none the worse for it.
  const ids = await Promise.all(tenants.map((tenant) => publishOne(cloud, progress(tenant))));
  const frames = await Promise.all(clients.map((client) => client.frames(1)));
  expect(frames.map(([frame]) => frame?.id)).toEqual(ids);

  // One whose function dies breaks off. Its place stays taken until its lease ends, which it does by itself.
  for (const call of streaming.values()) call.kill();
  expect(await Promise.all(clients.map((client) => client.ended()))).toEqual(Array(STREAMS).fill('broken'));
  expectProblem(await answerOf(await open()), 503);
  const leases = await table.leases();
  expect(leases).toHaveLength(STREAMS);
  for (const end of leases) expect(end).toBeLessThanOrEqual(Date.now() + LEASE_MS);
  await table.endLeases();

  const [tenant = ''] = tenants;
  const missed = await publishOne(cloud, progress(tenant));
  const lastEventId = clients[0]?.lastEventId ?? '';
  const back = await openSse(cloud, tenantStream(tenant), { lastEventId });
  expect((await back.frames(1)).map(({ id }) => id)).toEqual([missed]);
  await back.close();
});
