/**
 * The roles of functions and containers with everything that the template grants them: their own inline policies and the policies that
 * name them. Grants that are not in the template (AWS's managed policies, a permissions boundary) cannot be known here, so
 * they stop the start.
 */

import { toList, toObjects, toText } from '../json.ts';
import { readStatements, refuseOthers, type Statement, toStatements, toTexts } from './policy-document.ts';
import type { Resource } from './template.ts';

export interface RoleSpec {
  name: string;
  statements: Statement[];
}

const ROLE_PROPERTIES = [
  'AssumeRolePolicyDocument',
  'Description',
  'MaxSessionDuration',
  'Path',
  'Policies',
  'RoleName',
  'Tags',
];

/**
 * Those of these ARNs, which `runner` (an AWS service) must be allowed to assume. Other roles are left alone: nothing in the twin
 * acts in their name.
 */
export function readRoles(
  resources: Resource[],
  assumed: ReadonlySet<unknown>,
  runner: string,
): Map<string, RoleSpec> {
  const policies = resources.filter(
    ({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy',
  );
  const roles = new Map<string, RoleSpec>();
  for (const role of resources.filter(({ type }) => type === 'AWS::IAM::Role')) {
    const { Arn = '' } = role.attributes;
    if (assumed.has(Arn)) roles.set(Arn, readRole(role, policies, runner));
  }
  return roles;
}

function readRole(role: Resource, policies: Resource[], runner: string): RoleSpec {
  const { logicalId, properties, ref } = role;
  const { ManagedPolicyArns, ...others } = properties;
  const [managed] = toList(ManagedPolicyArns ?? [], `${logicalId}.ManagedPolicyArns`);
  if (managed !== undefined) {
    throw new Error(`${logicalId}: the local twin cannot evaluate ManagedPolicyArns (${managed})`);
  }
  refuseOthers(others, ROLE_PROPERTIES, logicalId);
  requireTrust(role, runner);
  const inline = toObjects(properties.Policies, `${logicalId}.Policies`).flatMap((policy) =>
    readStatements(policy.PolicyDocument, `${logicalId}.${policy.PolicyName}`),
  );
  const attached = policies
    .filter((policy) => isAttachedTo(policy, ref))
    .flatMap((policy) => readStatements(policy.properties.PolicyDocument, policy.logicalId));
  return { name: ref, statements: [...inline, ...attached] };
}

function isAttachedTo({ properties, logicalId }: Resource, roleName: string): boolean {
  return properties.Roles !== undefined && toTexts(properties.Roles, `${logicalId}.Roles`).includes(roleName);
}

/** AWS cannot run what has a role that does not trust the service that runs it. */
function requireTrust({ logicalId, properties }: Resource, runner: string): void {
  const place = `${logicalId}.AssumeRolePolicyDocument`;
  const isTrusting = toStatements(properties.AssumeRolePolicyDocument, place).map((statement) => {
    refuseOthers(statement, ['Sid', 'Effect', 'Action', 'Principal'], place);
    if (toText(statement.Effect, `${place}.Effect`) !== 'Allow') {
      throw new Error(`${place}: the local twin cannot evaluate the Effect ${statement.Effect}`);
    }
    const services = Object(statement.Principal).Service;
    return (
      toTexts(statement.Action, `${place}.Action`).includes('sts:AssumeRole') &&
      services !== undefined &&
      toTexts(services, `${place}.Principal`).includes(runner)
    );
  });
  if (!isTrusting.includes(true)) {
    throw new Error(`${logicalId}: its trust policy does not let ${runner} assume it`);
  }
}

export function findRole(roles: Map<string, RoleSpec>, arn: unknown, logicalId: string): RoleSpec {
  const role = roles.get(toText(arn, `${logicalId}: its role`));
  if (!role) throw new Error(`${logicalId}: its role ${arn} is not in the template`);
  return role;
}
