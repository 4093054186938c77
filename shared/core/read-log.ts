/**
 * Reads a channel's log in order. No reader passes a number that is neither an event nor a recorded void: a number that
 * is missing below the head belongs to a publish that is still running or has crashed. It is given some time, then
 * voided, which a publish that was merely late finds out and numbers again.
 */
import { limits } from './limits.ts';
import type { Clock, EventLog, Slot } from './ports.ts';

export interface LogEntry {
  readonly seq: number;
  /** The event's JSON text, or `null` for a void. */
  readonly json: string | null;
}

/** The numbers in (after, upTo] of one epoch, all of them given out and none older than the retention time. */
export interface Range {
  readonly epoch: string;
  readonly after: number;
  readonly upTo: number;
}

/** Everything in (after, head], where head is the channel's head at the call. */
export async function* readLog(
  log: EventLog,
  clock: Clock,
  channel: string,
  after: number,
): AsyncGenerator<LogEntry> {
  const head = await log.head(channel);
  if (head) yield* readRange(log, clock, channel, { epoch: head.epoch, after, upTo: head.seq });
}

export async function* readRange(
  log: EventLog,
  clock: Clock,
  channel: string,
  { epoch, after, upTo }: Range,
): AsyncGenerator<LogEntry> {
  if (after >= upTo) return;
  // Every one of these numbers was given out by now, so one wait serves all that are missing.
  const deadline = clock.now() + limits.patienceMs;
  let position = after;
  const covering = position > 0 ? await log.slotAt(channel, epoch, position) : undefined;
  if (covering) {
    for (const entry of entriesWithin(covering, position, upTo)) {
      position = entry.seq;
      yield entry;
    }
  }
  while (position < upTo) {
    const slots = await log.slots(channel, epoch, position + 1, upTo);
    const before = position;
    for (const slot of slots) {
      if (slot.first > position + 1) break;
      for (const entry of entriesWithin(slot, position, upTo)) {
        position = entry.seq;
        yield entry;
      }
    }
    if (position === before) {
      const end = slots[0]?.first ?? upTo + 1;
      await fillGap(log, clock, channel, epoch, { first: position + 1, end, deadline });
    }
  }
}

function* entriesWithin(slot: Slot, after: number, upTo: number): Generator<LogEntry> {
  for (const [index, json] of slot.events.entries()) {
    const seq = slot.first + index;
    if (seq > after && seq <= upTo) yield { seq, json };
  }
}

/**
 * Waits for the first missing number, then voids the gap number by number: where in it a slot begins is not known, and a
 * late writer must find its own first number taken.
 */
async function fillGap(
  log: EventLog,
  clock: Clock,
  channel: string,
  epoch: string,
  { first, end, deadline }: { first: number; end: number; deadline: number },
): Promise<void> {
  while (clock.now() < deadline) {
    await clock.sleep(100);
    const [slot] = await log.slots(channel, epoch, first, first);
    if (slot) return;
  }
  for (let seq = first; seq < end; seq += 1) {
    if (!(await log.putSlot(channel, epoch, { first: seq, events: [null] }))) return;
  }
}
