/**
 * Feeds a client that recovers: once, in order and without a hole, over cut sockets.
 *
 * Such a client sends one offset back, that of the last event it got. That says what it has only where its events came in the
 * order of the log; and two posts that run at one time may swap. So one hand feeds a socket at a time, under the lease in the
 * connection's item (`lease.ts`):
 *
 *     1 hold     takes the lease, and returns where the client stands in each of its channels. Who finds it taken says what there
 *                is (`tell`), and is done: the holder sees to the rest
 *     2 bring    what lies beyond those positions, each event with the offset that it leads to
 *     3 let go   gives the lease back with the new positions; where somebody has told meanwhile, the holder goes on with 2
 *
 * A post that may have arrived is not repeated, and of a holder that has died nobody knows what it posted: in both cases the
 * socket is closed. Its client comes back with the offset that it really has.
 */
import type { Cursor } from '../core/cursor.ts';
import { cutOff, type Delivery, deliverOrCut } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import type { Connection, EventLog, Subscription } from '../core/ports.ts';
import { readRange } from '../core/read-log.ts';
import { within } from '../core/start.ts';
import { type Entry, earlierOf, readEntry } from './entry.ts';
import { eventFrame, type RoomOf } from './frame.ts';
import { type Held, hold, renew } from './lease.ts';
import { formatOffset } from './offset.ts';
import type { Positions, RoomConnections } from './ports.ts';

export interface Feeding extends Delivery {
  readonly log: EventLog;
  readonly rooms: RoomConnections;
  readonly roomOf: RoomOf;
  /** An event of several channels belongs to them in the order of their ranks. */
  readonly rankOf: (channel: string) => number;
}

/** An event in one of its channels. */
export interface Numbered {
  readonly channel: string;
  readonly cursor: Cursor;
  readonly entry: Entry;
}

/** What a publish has in hand, in its order, and the heads up to which its channels are to be brought. */
export interface News {
  readonly numbers: readonly Numbered[];
  readonly heads: Heads;
}

export type Heads = ReadonlyMap<string, Cursor>;

/**
 * Gives a socket what a publish has for it. `told`: whoever feeds it just now does; `gone`: there is no such connection; `lost`: it
 * had to be closed. `by`: names this publish.
 */
export async function feed(
  relay: Feeding,
  id: string,
  by: string,
  news: News,
  deadline: number,
): Promise<'fed' | 'told' | 'gone' | 'lost'> {
  for (;;) {
    const held = await hold(relay, id, by, deadline);
    if (held === 'gone' || held === 'lost') return held;
    if (held !== 'held') {
      if (!(await bring(relay, held, news))) return 'lost';
      // What others have for it meanwhile is theirs no longer, but this publish has a sender that waits.
      const until = Math.min(deadline, relay.clock.now() + limits.feedMs);
      return (await letGo(relay, held, until)) ? 'fed' : 'lost';
    }
    if (await relay.rooms.tell(id, [...news.heads.keys()])) return 'told';
  }
}

/** Ends a feeding, with all that was told of while it lasted. Who cannot keep pace until then is closed, and comes back. */
export async function letGo(relay: Feeding, held: Held, until = held.deadline): Promise<boolean> {
  const { connection, by, positions } = held;
  for (;;) {
    const left = await relay.rooms.letGo(connection.id, by, positions);
    if (left !== 'told') return left === 'let-go';
    if (relay.clock.now() >= until) return lose(relay, held);
    if (!(await renew(relay, held))) return false;
    const told = (await relay.rooms.takeTold(connection.id, by)) ?? positions.keys();
    if (!(await bring(relay, held, { numbers: [], heads: await headsOf(relay, told) }))) return false;
  }
}

/** Posts what lies between the positions and the heads; false where the socket was cut for it. */
export async function bring(relay: Feeding, held: Held, { numbers, heads }: News): Promise<boolean> {
  const { positions } = held;
  const own = [...heads].filter(([channel]) => positions.has(channel));
  const inHand = numbers.filter(({ channel }) => positions.has(channel));
  if (isWhole(inHand, own, positions)) {
    for (const number of inHand) if (!(await give(relay, held, number))) return false;
    return true;
  }
  // The later ranks first: each of their events that is an earlier channel's brings that one up to it, and so all keep their order.
  own.sort(([a], [b]) => relay.rankOf(b) - relay.rankOf(a));
  for (const [channel, head] of own) if (!(await bringUp(relay, held, channel, head))) return false;
  return true;
}

/** Posts what the log has of a channel up to this number. */
async function bringUp(
  relay: Feeding,
  held: Held,
  channel: string,
  { epoch, seq }: Cursor,
): Promise<boolean> {
  const { positions } = held;
  const position = positions.get(channel);
  if (!position) return true;
  const from = within({ epoch, seq }, position.at);
  if (from !== position.at) positions.set(channel, { since: from, at: from });
  const range = { epoch, after: from.seq, upTo: seq };
  for await (const { seq, json } of readRange(relay.log, relay.clock, channel, range)) {
    const cursor = { epoch, seq };
    if (json === null) advance(held, channel, cursor);
    else if (!(await give(relay, held, { channel, cursor, entry: readEntry(json, channel, cursor) }))) {
      return false;
    }
  }
  return true;
}

/**
 * Posts an event, once its turn has come. One that comes through an earlier channel is passed over when it has come there: the
 * client may leave that channel, or come back with the offset of what follows, and must not have lost the event with that.
 */
async function give(relay: Feeding, held: Held, { channel, cursor, entry }: Numbered): Promise<boolean> {
  const { positions } = held;
  const at = positions.get(channel)?.at;
  if (!at || (at.epoch === cursor.epoch && at.seq >= cursor.seq)) return true;
  const earlier = earlierOf(entry.ids, channel, positions);
  if (earlier && !(await bringUp(relay, held, ...earlier))) return false;
  advance(held, channel, cursor);
  if (!(await renew(relay, held))) return false;
  if (earlier) return true;
  const frame = eventFrame(entry, channel, relay.roomOf, formatOffset(positions));
  return postOnce(relay, speaker(held.connection), frame, held.deadline);
}

function advance({ positions }: Held, channel: string, at: Cursor): void {
  const position = positions.get(channel);
  if (position) positions.set(channel, { since: position.since, at });
}

/** Posts a frame that must not come twice, nor after the deadline; where that cannot be sure the socket is closed. */
export async function postOnce(
  relay: Delivery,
  target: Omit<Subscription, 'starting'>,
  frame: string,
  deadline: number,
): Promise<boolean> {
  const subscription = { ...target, fed: true };
  if (relay.clock.now() < deadline) {
    return deliverOrCut(relay, undefined, subscription, [frame], deadline);
  }
  await cutOff(relay, undefined, subscription, 'cut', deadline);
  return false;
}

/** A connection that has said something is there: a 410 means that it is gone, and not that it is still being made. */
export function speaker({ id, credential }: Connection): Omit<Subscription, 'starting'> {
  return { connection: id, at: 0, credential };
}

async function lose(relay: Feeding, { connection, deadline }: Held): Promise<false> {
  await cutOff(relay, undefined, speaker(connection), 'cut', deadline);
  return false;
}

/** Whether what is in hand goes on where the client stands and up to the heads, without a hole. */
function isWhole(
  numbers: readonly Numbered[],
  heads: readonly (readonly [channel: string, head: Cursor])[],
  positions: Positions,
): boolean {
  const last = new Map<string, number>();
  for (const { channel, cursor } of numbers) {
    const at = positions.get(channel)?.at;
    const before = last.get(channel) ?? at?.seq ?? 0;
    if (at?.epoch !== cursor.epoch || cursor.seq > before + 1) return false;
    last.set(channel, Math.max(before, cursor.seq));
  }
  return heads.every(([channel, { seq }]) => (last.get(channel) ?? -1) >= seq);
}

async function headsOf({ log }: Feeding, channels: Iterable<string>): Promise<Heads> {
  const found = await Promise.all(
    [...channels].map(async (channel) => [channel, await log.head(channel)] as const),
  );
  return new Map(found.flatMap(([channel, head]) => (head ? [[channel, head] as const] : [])));
}
