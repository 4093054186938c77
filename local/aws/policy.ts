/**
 * The decision of IAM over the statements of one role: an explicit Deny wins, then an Allow, and what nobody allows is denied.
 * Patterns are compiled once, since a fan-out asks once per socket.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

import type { Patterns, Statement } from '../stack/policy-document.ts';
import { toExpression } from '../wildcards.ts';

/** What AWS asks IAM about before it answers a call. */
export interface Need {
  action: string;
  resource: string;
}

export type Decision = 'allow' | 'explicit deny' | 'implicit deny';

type Matches = (text: string) => boolean;

interface Rule {
  isDeny: boolean;
  covers(need: Need): boolean;
}

export class Policy {
  readonly #rules: Rule[];

  constructor(statements: Statement[]) {
    this.#rules = statements.map(({ effect, actions, resources }) => {
      // Actions are the same in any case; ARNs are not.
      const matchesAction = compile(actions, 'i');
      const matchesResource = compile(resources, '');
      return {
        isDeny: effect === 'Deny',
        covers: ({ action, resource }) => matchesAction(action) && matchesResource(resource),
      };
    });
  }

  decide(need: Need): Decision {
    let decision: Decision = 'implicit deny';
    for (const { isDeny, covers } of this.#rules) {
      // An Allow that is already found leaves only a Deny to look for.
      if ((isDeny || decision !== 'allow') && covers(need)) {
        if (isDeny) return 'explicit deny';
        decision = 'allow';
      }
    }
    return decision;
  }
}

function compile({ patterns, isInverted }: Patterns, flags: string): Matches {
  const expressions = patterns.map((pattern) => toExpression(pattern, flags));
  return (text) => expressions.some((expression) => expression.test(text)) !== isInverted;
}
