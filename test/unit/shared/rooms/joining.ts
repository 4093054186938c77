/** What the tests of joining and leaving have in common: two rooms' channels, what is published to them, and a client's request. */
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import type { Rooms } from '../../../../shared/rooms/rooms.ts';
import { epochOf, type MemoryWorld } from '../../../support/memory-world.ts';
import { answerTo, eventsTo, roomEvent, roomsOn, says } from '../../../support/rooms.ts';

export const [project, batch] = ['project:7', 'batch:9'];
/** The cursor of a channel's event. */
export const at = (channel: string, seq: number): string => `${epochOf(channel)}.${seq}`;
/** The `n` of each event that a connection got, in order. */
export const numbers = (world: MemoryWorld, id = 'a') => eventsTo(world, id).map(({ payload }) => payload.n);

export const publish = (world: MemoryWorld, n: number, ...channels: readonly string[]) =>
  publishToRooms(roomsOn(world), [roomEvent('log_line', { n }, channels)]);

/** Asks as `a`; the answer. */
export async function ask(
  world: MemoryWorld,
  act: 'join' | 'leave',
  asked: unknown,
  relay: Rooms = roomsOn(world),
): Promise<unknown> {
  const packet = (world.received.get('a') ?? []).length;
  await says(relay, 'a', `42${packet}${JSON.stringify([act, asked])}`);
  return answerTo(world, 'a', packet);
}
