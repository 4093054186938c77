/** The sessions in memory that the other tests use do what those on DynamoDB do. */
import { memorySessions } from '../../../support/memory-peers.ts';
import { peersConformance } from '../peers-conformance.ts';

peersConformance('memory', () => memorySessions(new Map()));
