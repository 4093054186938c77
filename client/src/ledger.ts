/**
 * What has been delivered, what is known to exist, and what is held because its turn has not come. The gateway neither
 * orders nor counts, so order and "once" are made here: `position` only moves on, and nothing behind it is delivered.
 */

import { type Cursor, reaches } from './cursor.ts';
import type { Entry, RelayEvent } from './frames.ts';

export interface Ledger {
  /** Everything up to here is delivered, void, or was reported as a gap. Null until the relay said where it stands. */
  readonly position: Cursor | null;
  /** The highest number known to be given out in the position's numbering. */
  readonly target: number;
  /** Ahead of their turn, by number. */
  readonly held: readonly Entry[];
  /** The highest number seen of another numbering than the position's: the relay has to be asked where we stand. */
  readonly foreign: Cursor | null;
}

export interface Step {
  readonly ledger: Ledger;
  readonly deliver: readonly RelayEvent[];
}

export function startLedger(position: Cursor | null): Ledger {
  return { position, target: position?.seq ?? 0, held: [], foreign: null };
}

export function isMissing(ledger: Ledger): boolean {
  return ledger.position !== null && (ledger.position.seq < ledger.target || ledger.foreign !== null);
}

/** Notes that numbers up to `head` have been given out. */
export function noteHead(ledger: Ledger, head: Cursor): Ledger {
  const { position, foreign } = ledger;
  if (position?.epoch === head.epoch) return { ...ledger, target: Math.max(ledger.target, head.seq) };
  return foreign && reaches(foreign, head) ? ledger : { ...ledger, foreign: head };
}

/** Delivers what is held and next, then lets the furthest go beyond `room`: `target` remembers that they exist. */
function drain(ledger: Ledger, room: number): Step {
  const { position, held } = ledger;
  if (!position) return { ledger, deliver: [] };
  let next = position.seq + 1;
  let count = 0;
  for (; held[count]?.at.seq === next; next += 1) count += 1;
  return {
    ledger: { ...ledger, position: { ...position, seq: next - 1 }, held: held.slice(count, count + room) },
    deliver: held.slice(0, count).map(({ event }) => event),
  };
}

/** A live event: delivered if it is next, held if it is ahead, dropped if it was here before. */
export function arrive(before: Ledger, entry: Entry, room: number): Step {
  const ledger = noteHead(before, entry.at);
  const { position, held } = ledger;
  if (!position || position.epoch !== entry.at.epoch || reaches(position, entry.at)) {
    return { ledger, deliver: [] };
  }
  const index = held.findLastIndex(({ at }) => at.seq <= entry.at.seq);
  if (held[index]?.at.seq === entry.at.seq) return { ledger, deliver: [] };
  return drain({ ...ledger, held: held.toSpliced(index + 1, 0, entry) }, room);
}

/**
 * The log's word: every number after `after` and up to `upTo` is among `entries` or is void. It moves the position over
 * voids. What begins ahead of the position (its predecessor is late) settles nothing: its events are held like others.
 */
export function settle(
  before: Ledger,
  part: { readonly after: Cursor; readonly entries: readonly Entry[]; readonly upTo: Cursor },
  room: number,
): Step {
  const { position } = before;
  const { after, entries, upTo } = part;
  if (!position || !reaches(position, after) || upTo.epoch !== after.epoch) {
    const deliver: RelayEvent[] = [];
    let ledger = noteHead(before, upTo);
    for (const entry of entries) {
      const step = arrive(ledger, entry, room);
      ledger = step.ledger;
      deliver.push(...step.deliver);
    }
    return { ledger, deliver };
  }
  const due = entries.filter(
    ({ at }) => at.epoch === position.epoch && at.seq > position.seq && reaches(upTo, at),
  );
  const unique = due
    .toSorted((a, b) => a.at.seq - b.at.seq)
    .filter(({ at }, index, list) => at.seq !== list[index - 1]?.at.seq);
  const moved = { ...position, seq: Math.max(position.seq, upTo.seq) };
  const held = before.held.filter(({ at }) => at.seq > moved.seq);
  const rest = drain({ ...noteHead(before, upTo), position: moved, held }, room);
  return { ledger: rest.ledger, deliver: [...unique.map(({ event }) => event), ...rest.deliver] };
}

/** The relay named a head of our own numbering: whatever was seen of another one is older than that. */
export function confirm(ledger: Ledger, head: Cursor): Ledger {
  const noted = noteHead(ledger, head);
  return ledger.position?.epoch === head.epoch ? { ...noted, foreign: null } : noted;
}

/**
 * Stands at `head` from now on; what lies between is lost (or, at the first connection, was never asked for). Never goes
 * back: a head behind the position is old news.
 */
export function jump(before: Ledger, head: Cursor, room: number): Step {
  if (before.position && reaches(before.position, head)) return { ledger: before, deliver: [] };
  const same = before.position?.epoch === head.epoch;
  const known = same ? before.target : before.foreign?.epoch === head.epoch ? before.foreign.seq : 0;
  return drain(
    {
      position: head,
      target: Math.max(known, head.seq),
      held: same ? before.held.filter(({ at }) => at.seq > head.seq) : [],
      foreign: before.foreign?.epoch === head.epoch ? null : before.foreign,
    },
    room,
  );
}
