/** As many streams as the relay has places for, and what those hear that come when all are taken. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareAssembly } from '../../local/assembly.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { openSse, type SseClient, tenantStream } from '../support/sse-client.ts';
import { TwinTable } from '../support/tables.ts';
import { expectProblem, newTenant, progress, publishOne } from '../support/webhook.ts';

const STREAMS = 4;
const SPARES = 10;
/** Longer than the function can run, so that a place is free by then. */
const LEASE_MS = 80_000;

let cloud: TwinCloud;
let table: TwinTable;
let folder: string;
/** The last call of each environment that streams, by which a test can make it die. */
const streaming = new Map<string, AwsCall>();

/** The project's stack, as `-c relay:sseStreams=4` would make it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-few-'));
  await cp(await prepareAssembly(fileURLToPath(new URL('../..', import.meta.url))), folder, {
    recursive: true,
  });
  const path = join(folder, 'Relay.template.json');
  const template = JSON.parse(await readFile(path, 'utf8'));
  for (const { Type, Properties } of Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    template.Resources,
  )) {
    if (Type !== 'AWS::Lambda::Function' || Properties.ReservedConcurrentExecutions === undefined) continue;
    Properties.ReservedConcurrentExecutions = STREAMS + SPARES;
    Object(Properties.Environment).Variables.SSE_STREAMS = String(STREAMS);
  }
  await writeFile(path, JSON.stringify(template));
  cloud = await startTwinCloud({
    assembly: folder,
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
  await rm(folder, { recursive: true });
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

  const refused = await Promise.all(Array.from({ length: SPARES }, () => open()));
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
