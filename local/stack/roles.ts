/**
 * The roles of the functions with everything that the template grants them: their own inline policies and the policies that
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

const LAMBDA = 'lambda.amazonaws.com';

/** By ARN. Roles that no function assumes are left alone: nothing in the twin acts in their name. */
export function readRoles(resources: Resource[]): Map<string, RoleSpec> {
  const assumed = new Set(
    resources.filter(({ type }) => type === 'AWS::Lambda::Function').map(({ properties }) => properties.Role),
  );
  const policies = resources.filter(
    ({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy',
  );
  const roles = new Map<string, RoleSpec>();
  for (const role of resources.filter(({ type }) => type === 'AWS::IAM::Role')) {
    const { Arn = '' } = role.attributes;
    if (assumed.has(Arn)) roles.set(Arn, readRole(role, policies));
  }
  return roles;
}

function readRole(role: Resource, policies: Resource[]): RoleSpec {
  const { logicalId, properties, ref } = role;
  const { ManagedPolicyArns, ...others } = properties;
  const [managed] = toList(ManagedPolicyArns ?? [], `${logicalId}.ManagedPolicyArns`);
  if (managed !== undefined) {
    throw new Error(`${logicalId}: the local twin cannot evaluate ManagedPolicyArns (${managed})`);
  }
  refuseOthers(others, ROLE_PROPERTIES, logicalId);
  requireTrust(role);
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

/** Lambda cannot run a function whose role does not trust it. */
function requireTrust({ logicalId, properties }: Resource): void {
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
      toTexts(services, `${place}.Principal`).includes(LAMBDA)
    );
  });
  if (!isTrusting.includes(true)) {
    throw new Error(`${logicalId}: its trust policy does not let ${LAMBDA} assume it`);
  }
}
