/** What it takes to publish to socket.io's rooms; like `publishing.ts`, with the line that is the publish's metrics. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { makeRoomConnections } from '../../shared/adapters/dynamodb/room-connections.ts';
import type { SurfaceName } from '../../shared/config.ts';
import type { RoomEvent } from '../../shared/rooms/event.ts';
import { publishToRooms } from '../../shared/rooms/publish.ts';
import { channelRank, channelRoom } from '../../shared/surfaces/mesh-jobs.ts';
import { metered, publishingOf } from './publishing.ts';
import type { Runtime } from './runtime.ts';

/** The ids of the events, each that in the first of its channels. */
export type RoomPublish = (events: readonly RoomEvent[], requestId: string) => Promise<string[]>;

export function openRoomPublishing(runtime: Runtime, logger: Logger, surface: SurfaceName): RoomPublish {
  const relay = {
    ...publishingOf(runtime, logger),
    rooms: makeRoomConnections(runtime.table),
    roomOf: channelRoom,
    rankOf: channelRank,
    draw: randomUUID,
  };
  return (events, requestId) =>
    metered(logger, surface, requestId, (meter) => publishToRooms({ ...relay, meter }, events));
}
