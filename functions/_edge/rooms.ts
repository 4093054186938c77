/** What it takes to speak with a socket.io client. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeRoomConnections } from '../../shared/adapters/dynamodb/room-connections.ts';
import { makeSessions } from '../../shared/adapters/dynamodb/sessions.ts';
import type { Rooms } from '../../shared/rooms/rooms.ts';
import { channelRank, channelRoom, roomChannel } from '../../shared/surfaces/mesh-jobs.ts';
import { mayJoin, openRoomTokens } from './room-tokens.ts';
import type { Runtime } from './runtime.ts';
import { openStarting } from './starting.ts';

export function openRooms(runtime: Runtime, logger: Logger): Rooms {
  return {
    ...openStarting(runtime, logger),
    rooms: makeRoomConnections(runtime.table),
    sessions: makeSessions(runtime.table),
    roomOf: channelRoom,
    rankOf: channelRank,
    channelOf: roomChannel,
    admit: openRoomTokens(logger),
    mayJoin,
    draw: randomUUID,
    onMalformed: (connection, reason) => logger.info('malformed', { connection_id: connection, reason }),
  };
}
