/**
 * Says that some journeys take an ability that not every cloud has. Where it is lacking they are skipped under a heading
 * that carries the reason, and the end of the run lists them (test/support/left-out.ts).
 */
import { describe } from 'vitest';
import { cloudKind } from './cloud.ts';
import type { Capability } from './clouds/capabilities.ts';

export function can(capability: Capability): boolean {
  return !cloudKind.cannot.includes(capability);
}

export function needs(capability: Capability, journeys: () => void): void {
  if (can(capability)) journeys();
  else describe.skip(`left out on ${cloudKind.name} (${capability})`, journeys);
}
