/**
 * What follows the handshake of a client that resumes or speaks `relay.v1`:
 *
 *     1 claim       one start a connection, whoever comes first: the hand-off of `$connect`, or the client's own word
 *     2 ready       where the channel stands; before anything else, so before there is a subscription
 *     3 replay      what the client has missed, as far as the head of step 2
 *     4 subscribe   the membership's version goes up last; its write returns the seam
 *     5 replay      what was numbered between the two heads; everything beyond the seam comes live
 *     6 settle      the minute's pass closes a connection that does not get here
 *
 * So nothing after the ready frame's head is missed, whatever is published meanwhile.
 */
import { type Cursor, parseCursor } from './cursor.ts';
import { type Delivery, deliverOrCut } from './deliver.ts';
import { jsonFrame } from './event.ts';
import { eventsFrame, readyFrame } from './frames.ts';
import { limits } from './limits.ts';
import type { Connection, EventLog } from './ports.ts';
import { readRange } from './read-log.ts';
import { standingOf } from './resume.ts';

export interface Starting extends Delivery {
  readonly log: EventLog;
}

export interface Wish {
  /** Who asks: one name for each invocation. */
  readonly by: string;
  /** In place of what the handshake asked for. */
  readonly after?: Cursor;
  /** Whether the client takes what it missed in `events` frames. */
  readonly inBatches: boolean;
}

/** Whether the connection is live now by this call. */
export async function start(relay: Starting, id: string, wish: Wish): Promise<boolean> {
  const connection = await relay.connections.start(id, wish.by);
  const channel = connection?.channels[0];
  if (!connection || channel === undefined) return false;
  const asked = wish.after ?? parseCursor(connection.after ?? '');
  const standing = await standingOf(relay.log, relay.clock, channel, asked);
  if (connection.dialect === 'relay.v1') {
    if (!(await send(relay, connection, channel, [readyFrame(channel, standing)]))) return false;
  }
  const { from, head, recovered } = standing;
  if (!(await replay(relay, connection, channel, from, head, wish.inBatches))) return false;

  await relay.membership.put(channel, { connection: id, at: connection.at });
  const seam = await relay.membership.bump(channel);
  // The channel was forgotten and begun anew in between; all of the new numbering is news.
  const rest = seam.epoch === head.epoch ? head : { epoch: seam.epoch, seq: 0 };
  const isBatch = wish.inBatches && recovered !== null;
  const end = isBatch ? { recovered } : undefined;
  if (!(await replay(relay, connection, channel, rest, seam, wish.inBatches, end))) return false;
  await relay.connections.settle(id);
  return true;
}

/** Posts everything in (from, to]. In batches the last frame says how far it goes, if `end` is given. */
export async function replay(
  relay: Starting,
  connection: Connection,
  channel: string,
  from: Cursor,
  to: Cursor,
  inBatches: boolean,
  end?: { readonly recovered: boolean },
): Promise<boolean> {
  const range = { epoch: to.epoch, after: from.seq, upTo: to.seq };
  let batch: string[] = [];
  let bytes = 0;
  for await (const { seq, json } of readRange(relay.log, relay.clock, channel, range)) {
    if (json === null) continue;
    const frame = jsonFrame({ epoch: to.epoch, seq }, json);
    if (!inBatches) {
      if (!(await send(relay, connection, channel, [frame]))) return false;
      continue;
    }
    const size = Buffer.byteLength(frame) + 1;
    if (batch.length > 0 && bytes + size > limits.batchBytes) {
      if (!(await send(relay, connection, channel, [eventsFrame(batch)]))) return false;
      batch = [];
      bytes = 0;
    }
    batch.push(frame);
    bytes += size;
  }
  if (end) return send(relay, connection, channel, [eventsFrame(batch, { head: to, ...end })]);
  return batch.length === 0 || send(relay, connection, channel, [eventsFrame(batch)]);
}

export function send(
  relay: Delivery,
  { id, at }: Connection,
  channel: string,
  frames: readonly string[],
): Promise<boolean> {
  const deadline = relay.clock.now() + limits.fanOutMs;
  return deliverOrCut(relay, channel, { connection: id, at }, frames, deadline);
}
