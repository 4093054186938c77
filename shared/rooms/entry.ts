/**
 * What the log has of an event that belongs to several channels. It is logged in them one after the other, so each entry has the
 * event's cursors in the channels before its own: by these a socket that is in several takes the event from the first alone.
 */
import { type Cursor, formatCursor, parseCursor } from '../core/cursor.ts';
import type { Positions } from './ports.ts';

/** The cursors of one event, by channel, in the order of the channels. */
export type Ids = readonly (readonly [channel: string, cursor: Cursor])[];

export interface Entry {
  readonly event: string;
  /** JSON text of an object. */
  readonly payload: string;
  readonly ids: Ids;
}

/** `ids`: those of the channels before. The text of an object, as the log keeps it. */
export function writeEntry({ event, payload, ids }: Entry): string {
  const before = Object.fromEntries(ids.map(([channel, cursor]) => [channel, formatCursor(cursor)]));
  return `{"event":${JSON.stringify(event)},"ids":${JSON.stringify(before)},"payload":${payload}}`;
}

/** `channel` and `cursor`: where it was found, which goes to the end of its ids. */
export function readEntry(json: string, channel: string, cursor: Cursor): Entry {
  const { event, ids, payload }: { event: string; ids: Record<string, string>; payload: unknown } =
    JSON.parse(json);
  const before = Object.entries(ids).flatMap(([name, text]) => {
    const cursorThere = parseCursor(text);
    return cursorThere ? [[name, cursorThere] as const] : [];
  });
  return { event, payload: JSON.stringify(payload), ids: [...before, [channel, cursor]] };
}

/** Where a socket with these positions has it from, if that is a channel before this one. */
export function earlierOf(ids: Ids, channel: string, positions: Positions): Ids[number] | undefined {
  for (const id of ids) {
    const [other, { epoch, seq }] = id;
    if (other === channel) return undefined;
    const since = positions.get(other)?.since;
    if (since?.epoch === epoch && seq > since.seq) return id;
  }
  return undefined;
}
