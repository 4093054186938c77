/**
 * The offset that a client which recovers sends back: where it stands in every one of its channels. A client keeps one offset alone,
 * the last that it got, so each has to say all of it. A cursor tells its channel, so a list of cursors does.
 */
import { type Cursor, formatCursor, parseCursor } from '../core/cursor.ts';
import type { Positions } from './ports.ts';

const BETWEEN = '~';

export function formatOffset(positions: Positions): string {
  return [...positions.values()].map(({ at }) => formatCursor(at)).join(BETWEEN);
}

/** What of it is a cursor; an offset may be of an older session, so nothing of it is an error. */
export function readOffset(offset: string): Cursor[] {
  return offset.split(BETWEEN).flatMap((text) => parseCursor(text) ?? []);
}
