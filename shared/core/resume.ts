/**
 * Where a client stands that comes back with the last cursor it saw: whether the log still reaches back to it, and what it
 * has missed. The same for sockets and for server-sent events.
 */
import { type Cursor, parseCursor } from './cursor.ts';
import { RelayError } from './errors.ts';
import type { Clock, EventLog, Head } from './ports.ts';

export interface Standing {
  /** The channel's head at this moment. */
  readonly head: Cursor;
  /** `null`: nothing was asked for; `false`: the log no longer reaches back. */
  readonly recovered: boolean | null;
  /** Where to read on: after what the client has, or after the head. */
  readonly from: Cursor;
}

/** A cursor as a client gave it, of whatever channel. `field` names the place in the request, for the error. */
export function requireCursor(text: string, field: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor) return cursor;
  throw new RelayError('invalid', `Not valid: ${field}.`, [{ field, message: 'is no id of this relay' }]);
}

/** A cursor of this channel. */
export function readCursor(log: EventLog, channel: string, text: string, field: string): Cursor {
  const cursor = requireCursor(text, field);
  if (!log.owns(channel, cursor.epoch)) {
    const message = 'is an id of another channel';
    throw new RelayError('forbidden', `The cursor ${message}.`, [{ field, message }]);
  }
  return cursor;
}

export async function standingOf(
  log: EventLog,
  clock: Clock,
  channel: string,
  after: Cursor | undefined,
): Promise<Standing> {
  const head = (await log.head(channel)) ?? (await beginChannel(log, channel));
  const now = { epoch: head.epoch, seq: head.seq };
  if (!after) return { head: now, recovered: null, from: now };
  const recovered = await reachesBack(log, clock, channel, head, after);
  return { head: now, recovered, from: recovered ? after : now };
}

/** A channel that has never had an event has a head as well, or its first one could be missed. */
function beginChannel(log: EventLog, channel: string): Promise<Head> {
  return log.advance(channel, 0);
}

/** Another epoch, or a number that was never given out, belongs to a numbering that is no more. */
async function reachesBack(
  log: EventLog,
  clock: Clock,
  channel: string,
  head: Head,
  after: Cursor,
): Promise<boolean> {
  if (after.epoch !== head.epoch || after.seq > head.seq) return false;
  const nothingIsOld = clock.now() - head.since < log.retentionMs(channel);
  return after.seq === head.seq || nothingIsOld || log.reaches(channel, head.epoch, after.seq + 1);
}
