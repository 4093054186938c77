/**
 * Says that some journeys take an ability that not every cloud has. Where it is lacking they are skipped under a heading
 * that carries the reason, and the end of the run lists them (test/support/left-out.ts).
 */
import { describe } from 'vitest';
import { cloudKind } from './cloud.ts';
import type { Capability } from './clouds/capabilities.ts';

export function needs(capability: Capability, journeys: () => void): void {
  if (!cloudKind.cannot.includes(capability)) journeys();
  else describe.skip(`left out on ${cloudKind.name} (${capability})`, journeys);
}
