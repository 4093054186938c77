/** Subscribes a socket to one of its channels, so that whoever publishes finds it, and its departure finds the subscription. */
import type { Cursor } from '../core/cursor.ts';
import { departed } from '../core/departure.ts';
import { limits } from '../core/limits.ts';
import { subscriptionOf } from '../core/start.ts';
import type { RoomConnection } from './ports.ts';
import type { Rooms } from './rooms.ts';

/**
 * The channel's head: what is numbered after it comes live. `full`: it is in as many channels as a socket may be; `gone`: it has
 * left. `starting`: what comes live waits; `fed`: it comes from whoever feeds the socket.
 */
export async function subscribe(
  relay: Rooms,
  connection: RoomConnection,
  channel: string,
  how: 'live' | 'starting' | 'fed',
): Promise<Cursor | 'full' | 'gone'> {
  const { id } = connection;
  if (!(await relay.rooms.addChannel(id, channel, limits.roomsPerSocket))) {
    return (await relay.rooms.get(id)) ? 'full' : 'gone';
  }
  const subscription = subscriptionOf(connection, how === 'starting');
  await relay.membership.put(channel, { ...subscription, ...(how === 'fed' && { fed: true }) });
  const { epoch, seq } = await relay.membership.bump(channel);
  if (await relay.rooms.get(id)) return { epoch, seq };
  // It left in between, and its departure may not have seen this subscription.
  await departed(relay, id, channel);
  return 'gone';
}

/** Ends it: nothing that is numbered from here on is posted. */
export async function unsubscribe(relay: Rooms, { id }: RoomConnection, channel: string): Promise<void> {
  await relay.membership.delete(channel, id);
  await relay.membership.bump(channel);
  await relay.rooms.removeChannel(id, channel);
}
