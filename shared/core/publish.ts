/**
 * Publish = append to the log, then fan out. An event is in the log before anybody is told "ok"; the fan-out is the
 * fast path, and the names are marked done last, so that a retry of a publish that crashed before finishes its work.
 */
import { type Appended, append } from './append.ts';
import { formatCursor } from './cursor.ts';
import { type Batch, jsonFrame, type NewEvent, type PlacedEvent } from './event.ts';
import { type FanOut, fanOut } from './fan-out.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import type { Clock, EventLog } from './ports.ts';

/** Channels of one POST that are worked on at one time. */
const CHANNEL_WIDTH = 8;
const SETTLE_WIDTH = 32;

export interface Publishing extends FanOut {
  readonly log: EventLog;
  readonly clock: Clock;
}

/**
 * Publishes each batch to its channel, in order within the channel.
 * Returns the ids of each batch's events; a repeated name gives the id of the event that has it.
 */
export async function publish(relay: Publishing, batches: readonly Batch[]): Promise<string[][]> {
  const begunAt = relay.clock.now();
  const ids: string[][] = batches.map(() => []);
  await parallel(batches, CHANNEL_WIDTH, async (batch, index) => {
    ids[index] = await publishToChannel(relay, batch, begunAt);
  });
  return ids;
}

async function publishToChannel(
  relay: Publishing,
  { channel, events }: Batch,
  begunAt: number,
): Promise<string[]> {
  const distinct = withoutRepeats(events);
  const slots: Appended[] = [];
  for (const group of groupsThatFit(distinct.events)) {
    const slot = await append(relay.log, relay.clock, channel, group);
    relay.meter.count('accepted', slot.accepted);
    relay.meter.count('repeated', group.length - slot.accepted);
    slots.push(slot);
  }
  relay.meter.count('repeated', events.length - distinct.events.length);
  const head = slots.at(-1)?.head;
  if (!head) return [];
  const placed = slots.flatMap((slot) => slot.placed);
  const fresh = placed.filter((event): event is PlacedEvent & { json: string } => event.json !== undefined);
  const frames = fresh.sort((a, b) => a.seq - b.seq).map((event) => jsonFrame(event, event.json));
  if (frames.length > 0) await fanOut(relay, channel, head, frames, begunAt);
  const unsettled = slots.flatMap((slot) => slot.unsettled);
  await parallel(unsettled, SETTLE_WIDTH, ({ name, claim }) => relay.log.settleClaim(channel, name, claim));
  const ids = placed.map(formatCursor);
  return distinct.positions.map((position) => ids[position] ?? '');
}

/** A name that occurs twice in one POST is one event: the first. `positions` says where each given event went. */
function withoutRepeats(events: readonly NewEvent[]): { events: NewEvent[]; positions: number[] } {
  const kept: NewEvent[] = [];
  const byName = new Map<string, number>();
  const positions = events.map((event) => {
    const earlier = event.name === undefined ? undefined : byName.get(event.name);
    if (earlier !== undefined) return earlier;
    if (event.name !== undefined) byName.set(event.name, kept.length);
    return kept.push(event) - 1;
  });
  return { events: kept, positions };
}

/** Cuts a list where it would not fit into one log item. */
function groupsThatFit(events: readonly NewEvent[]): NewEvent[][] {
  const groups: NewEvent[][] = [];
  let room = 0;
  for (const event of events) {
    const bytes = Buffer.byteLength(event.json);
    const group = groups.at(-1);
    if (group && bytes <= room) {
      group.push(event);
      room -= bytes;
    } else {
      groups.push([event]);
      room = limits.slotBytes - bytes;
    }
  }
  return groups;
}
