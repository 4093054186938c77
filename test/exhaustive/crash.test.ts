/**
 * The publishing function dies after each one of its calls. Afterwards the log is dense, what was acknowledged is in it,
 * a named event is there once, and the next publish goes through (contract rows X2, X3).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LogEntry } from '../../shared/core/read-log.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { openStream } from '../support/socket-client.ts';
import { TwinTable } from '../support/tables.ts';
import { newTenant, progress, publishOne, send } from '../support/webhook.ts';

interface Plan {
  /** Kills after the call of this number; 0: never. */
  readonly killAfter: number;
  readonly calls: string[];
}

let plan: Plan = { killAfter: 0, calls: [] };
let cloud: TwinCloud;
let table: TwinTable;

beforeAll(async () => {
  cloud = await startTwinCloud({
    async onAwsCall(call, proceed) {
      const isOfScheme =
        call.functionName.startsWith('IngestLiveEvents') &&
        ['dynamodb', 'execute-api'].includes(call.service);
      if (!isOfScheme) return proceed();
      const { killAfter, calls } = plan;
      calls.push(`${call.service} ${call.operation}`);
      const isLast = calls.length === killAfter;
      const answer = await proceed();
      if (isLast) call.kill();
      return answer;
    },
  });
  table = new TwinTable(cloud.twin);
});
afterAll(async () => {
  table?.close();
  await cloud?.close();
});

/** Sends once, with a death after that call; what the sender saw, and the calls that were made. */
async function attempt(killAfter: number, event: unknown, name: string | undefined) {
  plan = { killAfter, calls: [] };
  const headers = name === undefined ? {} : { 'Idempotency-Key': name };
  const answer = await send(cloud, event, { headers });
  const { calls } = plan;
  plan = { killAfter: 0, calls: [] };
  return { answer, calls };
}

function field(entry: LogEntry | undefined, key: string): unknown {
  return entry?.json ? JSON.parse(entry.json)[key] : undefined;
}

interface Case {
  readonly label: string;
  /** One number for each attempt: the call that it dies after; 0: it lives. */
  readonly attempts: readonly number[];
  readonly name?: string;
}

async function play({ label, attempts, name }: Case): Promise<string[]> {
  const tenant = newTenant('crash');
  const clients = await Promise.all([1, 2].map(() => openStream(cloud, tenant)));
  const event = progress(tenant, { job_id: 'fated' });
  const callsOfFirst: string[] = [];
  let accepted = 0;
  for (const killAfter of attempts) {
    const { answer, calls } = await attempt(killAfter, event, name);
    if (callsOfFirst.length === 0) callsOfFirst.push(...calls);
    if (killAfter === 0) expect(answer.status, `${label}: ${answer.text}`).toBe(202);
    else if (calls.length >= killAfter)
      expect(answer.status, `${label}: a dead function answers nothing`).not.toBe(202);
    if (answer.status === 202) accepted += 1;
  }
  const next = await publishOne(cloud, progress(tenant, { job_id: 'next' }));

  const log = await table.log(tenant);
  expect(
    log.map(({ seq }) => seq),
    `${label}: dense`,
  ).toEqual(log.map((_, index) => index + 1));
  expect(field(log.at(-1), 'job_id'), `${label}: the next publish is last`).toBe('next');
  const fated = log.filter((entry) => field(entry, 'job_id') === 'fated');
  if (name === undefined) {
    expect(fated.length, `${label}: at most one an attempt`).toBeLessThanOrEqual(attempts.length);
    expect(fated.length, `${label}: what was acknowledged is there`).toBeGreaterThanOrEqual(accepted);
  } else {
    expect(fated.length, `${label}: a named event is there at most once`).toBeLessThanOrEqual(1);
    if (accepted > 0) expect(fated, `${label}: and it is there`).toHaveLength(1);
  }

  for (const client of clients) {
    await client.frameWhere(({ id }) => id === next);
    const got = client.received.filter(({ job_id }) => job_id === 'fated');
    const placesInLog = fated.map(({ seq }) => seq);
    for (const { seq } of got)
      expect(placesInLog, `${label}: nothing is sent that is not logged`).toContain(seq);
    if (accepted > 0) expect(got.length, `${label}: reached the client`).toBeGreaterThanOrEqual(1);
    if (name !== undefined) expect(new Set(got.map(({ id }) => id)).size, label).toBeLessThanOrEqual(1);
    await client.close();
  }
  return callsOfFirst;
}

describe.each([
  ['with a name', 'fated-1'],
  ['without a name', undefined],
])('%s', (_, name) => {
  const named = name === undefined ? {} : { name };
  let calls: string[] = [];

  beforeAll(async () => {
    // The first publish of all may load what later ones have.
    await play({ label: 'warm', attempts: [0], ...named });
    calls = await play({ label: 'undisturbed', attempts: [0], ...named });
  });

  async function afterEachCall(attemptsFor: (call: number) => number[]): Promise<void> {
    expect(calls.filter((call) => call.startsWith('dynamodb')).length).toBeGreaterThanOrEqual(2);
    expect(calls.filter((call) => call.startsWith('execute-api'))).toHaveLength(2);
    for (const [index, call] of calls.entries()) {
      const attempts = attemptsFor(index + 1);
      await play({ label: `killed after call ${index + 1} (${call}), ${attempts}`, attempts, ...named });
    }
  }

  test('killed after each call, and no retry', () => afterEachCall((call) => [call]), 180_000);

  test('killed after each call, then one retry', () => afterEachCall((call) => [call, 0]), 180_000);

  test(
    'killed twice at the same call, then one retry',
    () => afterEachCall((call) => [call, call, 0]),
    180_000,
  );

  test('killed after each call, killed again late in the retry, then one retry', async () => {
    await afterEachCall((call) => [call, calls.length - 1, 0]);
  }, 180_000);
});

test('a retry that runs beside the attempt that dies is the same event', async () => {
  const tenant = newTenant('crash');
  const client = await openStream(cloud, tenant);
  const event = progress(tenant, { job_id: 'fated' });
  plan = { killAfter: 3, calls: [] };
  const options = { headers: { 'Idempotency-Key': 'twice' } };
  const answers = await Promise.all([send(cloud, event, options), send(cloud, event, options)]);
  plan = { killAfter: 0, calls: [] };
  const last = await publishOne(cloud, event, options);
  const log = await table.log(tenant);
  const fated = log.filter((entry) => field(entry, 'job_id') === 'fated');
  expect(answers.map(({ status }) => status).filter((status) => status !== 202).length).toBeLessThanOrEqual(
    1,
  );
  expect(fated).toHaveLength(1);
  const frame = await client.frameWhere(({ job_id }) => job_id === 'fated');
  expect([frame.id, frame.seq]).toEqual([last, fated[0]?.seq]);
  await client.close();
}, 60_000);

test('killed in the middle of a list, the retry completes it', async () => {
  const tenant = newTenant('crash');
  const client = await openStream(cloud, tenant);
  const list = [0, 1, 2, 3, 4].map((n) => progress(tenant, { n }));
  for (let killAfter = 1; killAfter <= 9; killAfter += 2) await attempt(killAfter, list, 'list');
  const { answer } = await attempt(0, list, 'list');
  expect(answer.status, answer.text).toBe(202);
  const { ids }: { ids: string[] } = JSON.parse(answer.text);
  const log = await table.log(tenant);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  const logged = log.flatMap((entry) => field(entry, 'n') ?? []);
  expect(logged.sort()).toEqual([0, 1, 2, 3, 4]);
  for (const [n, id] of ids.entries())
    expect((await client.frameWhere((frame) => frame.id === id)).n).toBe(n);
  expect(new Set(client.received.map(({ id }) => id)).size).toBe(5);
  await client.close();
}, 120_000);
