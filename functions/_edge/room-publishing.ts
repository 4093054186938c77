/** What it takes to publish to socket.io's rooms; like `publishing.ts`, with the line that is the publish's metrics. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeEventLog } from '../../shared/adapters/dynamodb/event-log.ts';
import { makeRoomConnections } from '../../shared/adapters/dynamodb/room-connections.ts';
import type { SurfaceName } from '../../shared/config.ts';
import { makeMembers } from '../../shared/core/members.ts';
import type { RoomEvent } from '../../shared/rooms/event.ts';
import { publishToRooms } from '../../shared/rooms/publish.ts';
import { channelRank, channelRoom } from '../../shared/surfaces/mesh-jobs.ts';
import { metered } from './publishing.ts';
import type { Runtime } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

/** The ids of the events, each that in the first of its channels. */
export type RoomPublish = (events: readonly RoomEvent[], requestId: string) => Promise<string[]>;

export function openRoomPublishing(
  { table, connections, membership, clock }: Runtime,
  logger: Logger,
  surface: SurfaceName,
): RoomPublish {
  const relay = {
    log: makeEventLog(table),
    membership,
    members: makeMembers(membership),
    connections,
    rooms: makeRoomConnections(table),
    roomOf: channelRoom,
    rankOf: channelRank,
    sockets: openSockets(logger),
    clock,
    random: Math.random,
    draw: randomUUID,
    report: reportUndelivered(logger),
  };
  return (events, requestId) =>
    metered(logger, surface, requestId, (meter) => publishToRooms({ ...relay, meter }, events));
}
