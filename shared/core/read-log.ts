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

/** Everything in (after, head], where head is the channel's head at the call; `after` is within the retention time. */
export async function* readLog(
  log: EventLog,
  clock: Clock,
  channel: string,
  after: number,
): AsyncGenerator<LogEntry> {
  const head = await log.head(channel);
  if (!head) return;
  // Every number up to this head was given out by now, so one wait serves all that are missing.
  const deadline = clock.now() + limits.patienceMs;
  let position = after;
  const covering = position > 0 ? await log.slotAt(channel, head.epoch, position) : undefined;
  if (covering) {
    for (const entry of entriesAfter(covering, position)) {
      position = entry.seq;
      yield entry;
    }
  }
  while (position < head.seq) {
    const slots = await log.slots(channel, head.epoch, position + 1, head.seq);
    const before = position;
    for (const slot of slots) {
      if (slot.first > position + 1) break;
      for (const entry of entriesAfter(slot, position)) {
        position = entry.seq;
        yield entry;
      }
    }
    if (position === before) {
      const end = slots[0]?.first ?? head.seq + 1;
      await fillGap(log, clock, channel, head.epoch, { first: position + 1, end, deadline });
    }
  }
}

function* entriesAfter(slot: Slot, position: number): Generator<LogEntry> {
  for (const [index, json] of slot.events.entries()) {
    const seq = slot.first + index;
    if (seq > position) yield { seq, json };
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
