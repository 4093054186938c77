/** The frame of an event: a named event whose one argument is the payload, with its ids. */
import { type Cursor, formatCursor } from '../core/cursor.ts';
import { encodeEngine } from '../wire/engine-io.ts';
import { eventPacket } from '../wire/socket-io.ts';
import { type Entry, type Ids, readEntry } from './entry.ts';

/** What a room is called by clients. */
export type RoomOf = (channel: string) => string;

/** `channel`: the one of its channels that the socket has it from; `offset`: for a client that recovers. */
export function eventFrame(
  { event, payload, ids }: Entry,
  channel: string,
  roomOf: RoomOf,
  offset?: string,
): string {
  const packet = eventPacket(event, withIds(payload, ids, channel, roomOf), offset);
  return encodeEngine({ kind: 'message', data: packet });
}

/** The same of an entry as the log has it. */
export function loggedFrame(channel: string, cursor: Cursor, json: string, roomOf: RoomOf): string {
  return eventFrame(readEntry(json, channel, cursor), channel, roomOf);
}

function withIds(payload: string, ids: Ids, channel: string, roomOf: RoomOf): string {
  const own = ids.find(([name]) => name === channel)?.[1];
  if (!own) throw new Error('an event has no place in the channel that it is sent for');
  const rooms = Object.fromEntries(ids.map(([name, cursor]) => [roomOf(name), formatCursor(cursor)]));
  const head = `"id":"${formatCursor(own)}","seq":${own.seq},"ids":${JSON.stringify(rooms)}`;
  return payload === '{}' ? `{${head}}` : `{${head},${payload.slice(1)}`;
}
