/**
 * The functions are granted what they need and nothing else. One journey through everything that they do uses every grant of
 * the template, and without any one of them it fails here, as it would on AWS, with the missing grant in the twin's log.
 * Grants to write logs are left out: the twin takes what a function prints without a call that could be refused.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { prepareAssembly } from '../../local/assembly.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { readStack } from '../../local/stack/stack.ts';
import { toExpression } from '../../local/wildcards.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { openStream } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { TwinTable } from '../support/tables.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne, send, sendRaw } from '../support/webhook.ts';

interface Grant {
  readonly functionName: string;
  readonly action: string;
  readonly resource: string;
  /** The resource without what all ARNs of the stack have in common. */
  readonly label: string;
}

const assembly = await prepareAssembly(fileURLToPath(new URL('../..', import.meta.url)));
const { functions } = readStack(assembly);
const statements = functions.flatMap(({ name, role }) =>
  role.statements.map((statement) => ({ ...statement, functionName: name })),
);
const grants: Grant[] = statements.flatMap(({ functionName, actions, resources }) =>
  actions.patterns.flatMap((action) =>
    resources.patterns.map((resource) => {
      const label = resource.split(':').slice(5).join(':');
      return { functionName, action, resource, label };
    }),
  ),
);
const served = grants.filter(({ action }) => !action.startsWith('logs:'));

/** A cloud whose calls are recorded, and whose ingest function can be made to die. */
interface Watched {
  readonly cloud: TwinCloud;
  readonly table: TwinTable;
  readonly calls: AwsCall[];
  /** Connections whose `$disconnect` has run, well or badly. */
  readonly left: string[];
  /** The next publish dies after this many of its calls to the table. */
  dieAfter(calls: number): void;
  close(): Promise<void>;
}

async function startWatched(folder: string): Promise<Watched> {
  const calls: AwsCall[] = [];
  const left: string[] = [];
  let callsLeft = 0;
  const cloud = await startTwinCloud({
    assembly: folder,
    async onAwsCall(call, proceed) {
      calls.push(call);
      const answer = await proceed();
      if (callsLeft > 0 && call.functionName.startsWith('IngestLiveEvents') && call.service === 'dynamodb') {
        callsLeft -= 1;
        if (callsLeft === 0) call.kill();
      }
      return answer;
    },
    onInvoke: ({ functionName, event }, proceed) =>
      proceed().finally(() => {
        if (functionName.startsWith('EventsDisconnect')) left.push(Object(event).requestContext.connectionId);
      }),
  });
  const table = new TwinTable(cloud.twin);
  const close = async () => {
    table.close();
    await cloud.close();
  };
  const dieAfter = (count: number) => {
    callsLeft = count;
  };
  return { cloud, table, calls, left, dieAfter, close };
}

function connectionOf(cloud: TwinCloud, tenant: string): string {
  const [id = '', ...others] = cloud.twin
    .connections()
    .flatMap(({ id, query }) => (query.tenant === tenant ? [id] : []));
  expect(others).toEqual([]);
  return id;
}

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
  dieAfter(3);
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

/** The functions that are granted nothing but their log. */
async function speakOutOfTurn({ cloud }: Watched): Promise<void> {
  const client = await openStream(cloud, newTenant());
  client.send('hello');
  expect((await sendRaw(cloud, '{}', { path: '/nowhere' })).status).toBe(404);
  await client.close();
}

async function journey(watched: Watched, patienceMs: number): Promise<void> {
  await publishAndRepeat(watched, patienceMs);
  await sweepGhost(watched);
  await postToGhost(watched);
  await leave(watched);
  await stream(watched, patienceMs);
  await retryAfterCrash(watched);
  await speakOutOfTurn(watched);
}

/** A copy of the assembly in which the policy of the grant's function has all of its grants but this one. */
async function assemblyWithout(missing: Grant): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-without-'));
  await cp(assembly, folder, { recursive: true });
  const path = join(folder, 'Relay.template.json');
  const template = JSON.parse(await readFile(path, 'utf8'));
  const logicalId = functions.find(({ name }) => name === missing.functionName)?.logicalId ?? '';
  const [role] = template.Resources[logicalId].Properties.Role['Fn::GetAtt'];
  const policies = Object.values<{ Type: string; Properties: Record<string, unknown> }>(
    template.Resources,
  ).filter(({ Type, Properties }) => {
    const roles = Type === 'AWS::IAM::Policy' ? Properties.Roles : undefined;
    return Array.isArray(roles) && roles.some(({ Ref }) => Ref === role);
  });
  expect(policies).toHaveLength(1);
  const Statement = grants
    .filter((grant) => grant.functionName === missing.functionName && grant !== missing)
    .map(({ action, resource }) => ({ Effect: 'Allow', Action: action, Resource: resource }));
  for (const { Properties } of policies) Properties.PolicyDocument = { Statement };
  await writeFile(path, JSON.stringify(template));
  return folder;
}

/** What the twin itself said of refused calls; functions may tell of them too. */
function refusals(lines: readonly string[]): unknown[] {
  return lines
    .filter((line) => line.includes('is not authorized to perform'))
    .map((line) => JSON.parse(line))
    .filter(({ message }) => String(message).startsWith('User: '));
}

test('every grant is used, and no other is missed', async () => {
  expect(statements.map(({ effect }) => effect)).toEqual(statements.map(() => 'Allow'));
  expect(statements.filter(({ actions, resources }) => actions.isInverted || resources.isInverted)).toEqual(
    [],
  );
  const watched = await startWatched(assembly);
  try {
    await journey(watched, 10_000);
  } finally {
    await watched.close();
  }
  expect(refusals(watched.cloud.lines)).toEqual([]);
  const isUsed = ({ functionName, action, resource }: Grant) =>
    watched.calls.some(
      (call) =>
        call.functionName === functionName &&
        call.needs.some((need) => need.action === action && toExpression(resource).test(need.resource)),
    );
  expect(served.length).toBeGreaterThan(0);
  expect(served.filter((grant) => !isUsed(grant))).toEqual([]);
});

describe.concurrent('without one grant the journey fails and the twin says why', () => {
  test.each(served)('$functionName, $action on $label', async (missing) => {
    const folder = await assemblyWithout(missing);
    const watched = await startWatched(folder);
    try {
      await expect(journey(watched, 8_000)).rejects.toThrow();
    } finally {
      await watched.close();
      await rm(folder, { recursive: true });
    }
    const { functionName, action, resource } = missing;
    const told = refusals(watched.cloud.lines);
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) {
      expect(line).toMatchObject({
        level: 'ERROR',
        function: functionName,
        action,
        resource: expect.stringMatching(toExpression(resource)),
      });
    }
  });
});
