import { afterAll, beforeAll } from 'vitest';
import { makeConnections } from '../../../../../shared/adapters/dynamodb/connections.ts';
import { makeEventLog } from '../../../../../shared/adapters/dynamodb/event-log.ts';
import { makeMembership } from '../../../../../shared/adapters/dynamodb/membership.ts';
import { makePlaces } from '../../../../../shared/adapters/dynamodb/places.ts';
import { makeRevocations } from '../../../../../shared/adapters/dynamodb/revocations.ts';
import { makeRoomConnections } from '../../../../../shared/adapters/dynamodb/room-connections.ts';
import { makeSessions } from '../../../../../shared/adapters/dynamodb/sessions.ts';
import { makeTokens } from '../../../../../shared/adapters/dynamodb/tokens.ts';
import type { Store } from '../../conformance-store.ts';
import { logConformance } from '../../log-conformance.ts';
import { membershipConformance } from '../../membership-conformance.ts';
import { revocationsConformance } from '../../revocations-conformance.ts';
import { roomConnectionsConformance } from '../../room-connections-conformance.ts';
import { roomSessionsConformance } from '../../room-sessions-conformance.ts';
import { issueToken } from './issue-token.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

const open = (): Store => {
  const { table, clock } = local;
  return {
    log: makeEventLog(table),
    membership: makeMembership(table),
    connections: makeConnections(table),
    rooms: makeRoomConnections(table),
    sessions: makeSessions(table),
    places: makePlaces(table),
    tokens: makeTokens(table),
    revocations: makeRevocations(table),
    issue: async () => (await issueToken(local)).id,
    now: () => clock.now,
    pass: (ms) => {
      clock.now += ms;
    },
  };
};
roomConnectionsConformance('DynamoDB', open);
roomSessionsConformance('DynamoDB', open);
logConformance('DynamoDB', open);
membershipConformance('DynamoDB', open);
revocationsConformance('DynamoDB', open);
