/**
 * Publish = append to the log, then fan out. An event is in the log before anybody is told "ok"; the fan-out is the
 * fast path, and the names are marked done last, so that a retry of a publish that crashed before finishes its work.
 */
import { formatCursor } from './cursor.ts';
import { type Batch, jsonFrame, type PlacedEvent } from './event.ts';
import { type FanOut, fanOut } from './fan-out.ts';
import { type Logging, logEvents, settle } from './log-events.ts';
import { parallel } from './parallel.ts';

/** Channels of one POST that are worked on at one time. */
const CHANNEL_WIDTH = 8;

export type Publishing = FanOut & Logging;

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
  if (events.length === 0) return [];
  const logged = await logEvents(relay, channel, events);
  const { head, placed } = logged;
  const accepted = placed.filter(({ isNew }) => isNew).length;
  relay.meter.count('accepted', accepted);
  relay.meter.count('repeated', placed.length - accepted);
  const fresh = placed.filter((event): event is PlacedEvent & { json: string } => event.json !== undefined);
  const frames = fresh.sort((a, b) => a.seq - b.seq).map((event) => jsonFrame(event, event.json));
  if (frames.length > 0) await fanOut(relay, channel, head, frames, begunAt);
  await settle(relay, channel, logged);
  return placed.map(formatCursor);
}
