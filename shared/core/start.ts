/**
 * What follows the handshake of a client that resumes or speaks `relay.v1`:
 *
 *     1 claim       one start a connection, whoever comes first: the hand-off of `$connect`, or the client's own word
 *     2 ready       where the channel stands; before anything else, so before there is a subscription
 *     3 replay      what the client has missed, until the head stands still
 *     4 subscribe   the membership's version goes up last; its write returns the seam. What comes live finds the
 *                   subscription marked as starting, and waits
 *     5 replay      what was numbered up to the seam
 *     6 release     the mark is taken off, and the version goes up again: what comes live is posted
 *     7 settle      the minute's pass closes a connection that does not get here
 *
 * So nothing after the ready frame's head is missed, and nothing comes before its turn, whatever is published meanwhile.
 * A client that takes batches puts events in order itself: for it nothing waits, and all its replay is step 5.
 *
 * A client that showed a token may lose it at any moment. After every look at the head, and before anything up to it is
 * posted, its token is asked after, and again now and then while much is replayed; and what comes live waits until that
 * was done for the seam.
 */
import { type Cursor, parseCursor } from './cursor.ts';
import { cutOff, type Delivery, deliverOrCut } from './deliver.ts';
import { type Entitling, every, hasExpired, isEntitled } from './entitled.ts';
import { jsonFrame } from './event.ts';
import { eventsFrame, readyFrame } from './frames.ts';
import { limits } from './limits.ts';
import type { Connection, EventLog, Subscription } from './ports.ts';
import { readRange } from './read-log.ts';
import { type Standing, standingOf } from './resume.ts';

export interface Starting extends Delivery, Entitling {
  readonly log: EventLog;
}

/** The frame of an event, from its place and what is logged of it. */
export type FrameOf = (cursor: Cursor, json: string) => string;

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
  if (!(await remains(relay, connection, channel))) return false;
  if (connection.dialect === 'relay.v1') {
    if (!(await send(relay, connection, channel, [readyFrame(channel, standing)]))) return false;
  }
  const isCaughtUp = wish.inBatches
    ? await catchUpInBatches(relay, connection, channel, standing)
    : await catchUp(relay, connection, channel, standing);
  if (!isCaughtUp) return false;
  await relay.connections.setLive(id, true);
  // Once more: a revocation that was under way meanwhile has said that it is not.
  return remains(relay, connection, channel);
}

async function catchUpInBatches(
  relay: Starting,
  connection: Connection,
  channel: string,
  { from, recovered }: Standing,
): Promise<boolean> {
  const mayBeRevoked = connection.credential?.token !== undefined;
  await relay.membership.put(channel, subscriptionOf(connection, mayBeRevoked));
  const seam = await relay.membership.bump(channel);
  if (mayBeRevoked) {
    if (!(await remains(relay, connection, channel))) return false;
    if (!(await release(relay, connection, channel))) return false;
  }
  return replayInBatches(relay, connection, channel, within(seam, from), seam, recovered);
}

/** Gives a client what it missed, an event a frame, and what comes live from there on; false where it was cut or has left. */
export async function catchUp(
  relay: Starting,
  connection: Connection,
  channel: string,
  { from, head }: Standing,
  frameOf: FrameOf = jsonFrame,
): Promise<boolean> {
  let position = from;
  let target = head;
  for (let round = 0; round < limits.catchUps && position.seq !== target.seq; round += 1) {
    if (!(await replay(relay, connection, channel, position, target, frameOf))) return false;
    position = target;
    target = (await relay.log.head(channel)) ?? target;
    if (!(await remains(relay, connection, channel))) return false;
    position = within(target, position);
  }
  await relay.membership.put(channel, subscriptionOf(connection, true));
  const seam = await relay.membership.bump(channel);
  if (!(await remains(relay, connection, channel))) return false;
  if (!(await replay(relay, connection, channel, within(seam, position), seam, frameOf))) return false;
  return release(relay, connection, channel);
}

export function subscriptionOf({ id, at, credential }: Connection, starting: boolean): Subscription {
  return { connection: id, at, credential, ...(starting && { starting }) };
}

/** Lets what comes live through; not where the subscription was ended while its start was under way. */
export async function release(relay: Starting, { id }: Connection, channel: string): Promise<boolean> {
  if (!(await relay.membership.release(channel, id))) return false;
  await relay.membership.bump(channel);
  return true;
}

/** Whether the client is still let in; its socket is closed where it is not. */
export async function remains(
  relay: Starting,
  { id, at, credential }: Connection,
  channel: string,
): Promise<boolean> {
  if (await isEntitled(relay, credential)) return true;
  const why = hasExpired(credential, relay.clock.now()) ? 'expired' : 'revoked';
  await cutOff(relay, channel, { connection: id, at }, why, relay.clock.now());
  return false;
}

/** A place in the numbering of `head`; where the channel was forgotten and begun anew, all of it is news. */
export function within({ epoch }: Cursor, place: Cursor): Cursor {
  return place.epoch === epoch ? place : { epoch, seq: 0 };
}

/** Posts everything in (from, to], a frame an event. */
async function replay(
  relay: Starting,
  connection: Connection,
  channel: string,
  from: Cursor,
  to: Cursor,
  frameOf: FrameOf,
): Promise<boolean> {
  const stillRemains = every(relay.clock, limits.entitledMs, () => remains(relay, connection, channel));
  for await (const { frame } of framesWithin(relay, channel, from, to, frameOf)) {
    if (!(await stillRemains())) return false;
    if (!(await send(relay, connection, channel, [frame]))) return false;
  }
  return true;
}

/** The same in few frames. The last one says how far they go, where something was asked for. */
export async function replayInBatches(
  relay: Starting,
  connection: Connection,
  channel: string,
  from: Cursor,
  to: Cursor,
  recovered: boolean | null,
): Promise<boolean> {
  let batch: string[] = [];
  let bytes = 0;
  let after = from;
  let last = from;
  const stillRemains = every(relay.clock, limits.entitledMs, () => remains(relay, connection, channel));
  for await (const { at, frame } of framesWithin(relay, channel, from, to, jsonFrame)) {
    const size = Buffer.byteLength(frame) + 1;
    if (batch.length > 0 && bytes + size > limits.batchBytes) {
      if (!(await stillRemains())) return false;
      if (!(await send(relay, connection, channel, [eventsFrame(after, batch)]))) return false;
      batch = [];
      bytes = 0;
      after = last;
    }
    batch.push(frame);
    last = at;
    bytes += size;
  }
  if (recovered === null && batch.length === 0) return true;
  const end = recovered === null ? undefined : { head: to, recovered };
  return send(relay, connection, channel, [eventsFrame(after, batch, end)]);
}

async function* framesWithin(
  { log, clock }: Starting,
  channel: string,
  from: Cursor,
  { epoch, seq: upTo }: Cursor,
  frameOf: FrameOf,
): AsyncGenerator<{ at: Cursor; frame: string }> {
  for await (const { seq, json } of readRange(log, clock, channel, { epoch, after: from.seq, upTo })) {
    if (json !== null) yield { at: { epoch, seq }, frame: frameOf({ epoch, seq }, json) };
  }
}

export function send(
  relay: Delivery,
  connection: Connection,
  channel: string,
  frames: readonly string[],
): Promise<boolean> {
  const deadline = relay.clock.now() + limits.fanOutMs;
  return deliverOrCut(relay, channel, subscriptionOf(connection, false), frames, deadline);
}
