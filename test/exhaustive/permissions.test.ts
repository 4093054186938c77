/**
 * The functions are granted what they need and nothing else. One journey through everything that they do uses every grant of
 * the template, and without any one of them its part of the journey fails here, as it would on AWS, with the missing grant in the twin's log.
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
import { arenaActs } from '../support/acts/arena.ts';
import { hookBackendActs } from '../support/acts/hook-backend.ts';
import { liveEventsActs } from '../support/acts/live-events.ts';
import { meshJobsActs } from '../support/acts/mesh-jobs.ts';
import { peerRelayActs } from '../support/acts/peer-relay.ts';
import { type Act, startWatched } from '../support/acts/watched.ts';

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

const acts: readonly Act[] = [
  ...liveEventsActs,
  ...hookBackendActs,
  ...meshJobsActs,
  ...peerRelayActs,
  ...arenaActs,
];

/** What the whole journey was seen to use: each grant, with the acts during which it was used. */
interface Usage {
  readonly actsOf: ReadonlyMap<Grant, readonly Act[]>;
  readonly refused: readonly unknown[];
}

async function playAll(): Promise<Usage> {
  const actsOf = new Map<Grant, readonly Act[]>();
  const watched = await startWatched(assembly);
  try {
    for (const act of acts) {
      const before = watched.calls.length;
      await act(watched, 10_000);
      const calls = watched.calls.slice(before);
      for (const grant of served) {
        if (calls.some((call) => uses(call, grant))) actsOf.set(grant, [...(actsOf.get(grant) ?? []), act]);
      }
    }
  } finally {
    await watched.close();
  }
  return { actsOf, refused: refusals(watched.cloud.lines) };
}

function uses(call: AwsCall, { functionName, action, resource }: Grant): boolean {
  return (
    call.functionName === functionName &&
    call.needs.some((need) => need.action === action && toExpression(resource).test(need.resource))
  );
}

let usage: Promise<Usage> | undefined;
function usageOfAll(): Promise<Usage> {
  usage ??= playAll();
  return usage;
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
  const { actsOf, refused } = await usageOfAll();
  expect(refused).toEqual([]);
  expect(served.length).toBeGreaterThan(0);
  expect(served.filter((grant) => !actsOf.has(grant))).toEqual([]);
});

describe.concurrent('without one grant the journey fails and the twin says why', () => {
  test.each(served)('$functionName, $action on $label', async (missing) => {
    const parts = (await usageOfAll()).actsOf.get(missing) ?? [];
    const folder = await assemblyWithout(missing);
    const watched = await startWatched(folder);
    const play = async () => {
      for (const act of parts) await act(watched, 8_000);
    };
    try {
      await expect(play()).rejects.toThrow();
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
