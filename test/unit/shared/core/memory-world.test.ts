import { newToken, newUserId } from '../../../../shared/auth/opaque-token.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import type { Store } from '../conformance-store.ts';
import { logConformance } from '../log-conformance.ts';
import { membershipConformance } from '../membership-conformance.ts';
import { revocationsConformance } from '../revocations-conformance.ts';
import { roomConnectionsConformance } from '../room-connections-conformance.ts';
import { roomSessionsConformance } from '../room-sessions-conformance.ts';

// The engine's tests rest on the memory world: it has to keep the same promises as the table.
const world = memoryWorld();
const open = (): Store => ({
  ...world,
  now: world.clock.now,
  pass: world.clock.advance,
  // Every token opens something there until it is revoked.
  issue: async () => newToken('hook', newUserId()).id,
});
roomConnectionsConformance('memory', open);
roomSessionsConformance('memory', open);
logConformance('memory', open);
membershipConformance('memory', open);
revocationsConformance('memory', open);
