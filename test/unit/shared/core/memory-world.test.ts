import { newToken, newUserId } from '../../../../shared/auth/opaque-token.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { storeConformance } from '../store-conformance.ts';

// The engine's tests rest on the memory world: it has to keep the same promises as the table.
const world = memoryWorld();
storeConformance('memory', () => ({
  ...world,
  now: world.clock.now,
  pass: world.clock.advance,
  // Every token opens something there until it is revoked.
  issue: async () => newToken('hook', newUserId()).id,
}));
