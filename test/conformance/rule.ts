/**
 * A rule of the platform: a sentence about how API Gateway or Lambda behaves, where that is written, and a test of it against
 * the twin. docs/platform.md is made from these calls (document.ts), so a name is a full sentence and says the whole rule.
 */

import { test } from 'vitest';

/**
 * - `documented`: in the vendor's documentation, or in its SDK's model.
 * - `reported`: seen and published by users, or told by the vendor's staff in a forum.
 * - `inferred`: our reading of what the sources say.
 * - `open`: the sources do not settle it. The name says what the twin does, `otherwise` what AWS may do instead.
 */
export type Kind = 'documented' | 'reported' | 'inferred' | 'open';

export type Evidence =
  | { kind: Exclude<Kind, 'open'>; source: readonly string[] }
  | { kind: 'open'; source: readonly string[]; otherwise: string };

export function rule(name: string, evidence: Evidence, run: () => Promise<void>): void {
  test(`${name} [${evidence.kind}]`, run);
}
