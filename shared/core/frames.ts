/**
 * The frames of `relay.v1` that are not events. None of them has a `seq`, which is how a client tells them apart.
 */
import { type Cursor, formatCursor } from './cursor.ts';
import type { Standing } from './resume.ts';

export function readyFrame(channel: string, { head, recovered }: Standing): string {
  return JSON.stringify({ type: 'ready', channel, head: formatCursor(head), recovered });
}

export function pongFrame(head: Cursor): string {
  return JSON.stringify({ type: 'pong', head: formatCursor(head) });
}

export function heartbeatFrame(head: Cursor): string {
  return JSON.stringify({ type: 'heartbeat', head: formatCursor(head) });
}

export function errorFrame(error: string): string {
  return JSON.stringify({ type: 'error', error });
}

/**
 * `events`: frames of single events, as text; `after`: what they follow on, so that the frame can be understood whatever the
 * gateway does with the others. `end`: that these are the last.
 */
export function eventsFrame(
  after: Cursor,
  events: readonly string[],
  end?: { head: Cursor; recovered: boolean },
): string {
  const tail = end ? `,"head":"${formatCursor(end.head)}","recovered":${end.recovered}` : '';
  return `{"type":"events","after":"${formatCursor(after)}","events":[${events.join(',')}]${tail}}`;
}
