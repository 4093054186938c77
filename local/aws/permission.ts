/**
 * Whether a function or a container may make a call: every action that AWS would ask for must be allowed by the role that the
 * template gives it. A refusal is answered in AWS's words and told in the twin's log, so that nobody has to look for it.
 */

import { ACCOUNT } from '../ids.ts';
import type { RoleSpec } from '../stack/roles.ts';
import { type AwsAnswer, errorAnswer } from './answer.ts';
import type { Caller } from './caller.ts';
import { type Decision, type Need, Policy } from './policy.ts';

export class Permissions {
  readonly #policies = new Map<RoleSpec, Policy>();
  readonly #told = new Set<string>();
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Undefined when the caller may go on. No needs at all: nobody knows what the operation asks for. */
  refusal(caller: Caller, service: string, operation: string, needs: Need[]): AwsAnswer | undefined {
    if (needs.length === 0) {
      const reason = ': the local twin does not know what this call needs';
      return this.#refuse(caller, service, { action: `${service}:${operation}` }, reason);
    }
    const policy = this.#policyOf(caller.spec.role);
    for (const need of needs) {
      const decision = policy.decide(need);
      if (decision !== 'allow') return this.#refuse(caller, service, need, explain(need, decision));
    }
    return undefined;
  }

  #policyOf(role: RoleSpec): Policy {
    const known = this.#policies.get(role);
    if (known) return known;
    const policy = new Policy(role.statements);
    this.#policies.set(role, policy);
    return policy;
  }

  #refuse(
    { kind, spec }: Caller,
    service: string,
    { action, resource }: Partial<Need>,
    reason: string,
  ): AwsAnswer {
    const user = `arn:aws:sts::${ACCOUNT}:assumed-role/${spec.role.name}/${spec.physicalName}`;
    const message = `User: ${user} is not authorized to perform: ${action}${reason}`;
    // Once for each grant that is missing: a fan-out meets the same refusal at every socket.
    const key = `${spec.name} ${action} ${resource?.replace(/\/@connections\/.*$/, '')}`;
    if (!this.#told.has(key)) {
      this.#told.add(key);
      this.#log(JSON.stringify({ level: 'ERROR', message, [kind]: spec.name, action, resource }));
    }
    // DynamoDB and Secrets Manager answer an access denial with 400, the REST services with 403.
    const status = service === 'dynamodb' || service === 'secretsmanager' ? 400 : 403;
    return errorAnswer(status, 'AccessDeniedException', message);
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function explain({ action, resource }: Need, decision: Decision): string {
  const cause =
    decision === 'explicit deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return ` on resource: ${resource} ${cause}`;
}
