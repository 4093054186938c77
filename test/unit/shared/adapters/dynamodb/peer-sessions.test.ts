import { afterAll, beforeAll } from 'vitest';
import { makePeerSessions } from '../../../../../shared/adapters/dynamodb/peer-sessions.ts';
import { peersConformance } from '../../peers-conformance.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());

peersConformance('DynamoDB', () => makePeerSessions(local.table));
