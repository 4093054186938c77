/**
 * Feeds a client that recovers: once, in order and without a hole, over cut sockets.
 *
 * Such a client sends one offset back, that of the last event it got. That says what it has only where its events came in the
 * order of the log; and two posts that run at one time may swap. So one hand feeds a socket at a time, under a lease in the
 * connection's item:
 *
 *     1 hold     one conditional write takes the lease, and returns where the client stands in each of its channels. Who finds
 *                it taken says so (`tell`), and is done: the holder sees to the rest
 *     2 bring    what lies beyond those places, each event with the offset that it leads to
 *     3 let go   one conditional write gives the lease back with the new places; where somebody has told meanwhile, it fails,
 *                and the holder goes on with 2
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
import { formatOffset } from './offset.ts';
import type { Place, Places, RoomConnection, RoomConnections } from './ports.ts';

export interface Feeding extends Delivery {
  readonly log: EventLog;
  readonly rooms: RoomConnections;
  readonly roomOf: RoomOf;
}

/** One number of a channel, in the order in which a publish has them; `entry` is undefined for one that is no event of now. */
export interface Numbered {
  readonly channel: string;
  readonly cursor: Cursor;
  readonly entry: Entry | undefined;
}

/** What a publish has in hand: each of its channels' numbers without a hole, and the heads that they end at. */
export interface News {
  readonly numbers: readonly Numbered[];
  readonly heads: Heads;
}

export type Heads = ReadonlyMap<string, Cursor>;

/** A feeding that is under way. */
export interface Held {
  readonly connection: RoomConnection;
  readonly by: string;
  readonly places: Map<string, Place>;
  /** When it must be over, epoch milliseconds. */
  readonly deadline: number;
}

/** From the last moment of a feeding to its lease's end, milliseconds: longer than a post that is under way may take. */
const MARGIN_MS = 6_000;

/**
 * Gives a socket what a publish has for it, or leaves that to whoever feeds it just now; false where it was cut or has left.
 * `by`: names this publish.
 */
export async function feed(
  relay: Feeding,
  id: string,
  by: string,
  news: News,
  deadline: number,
): Promise<boolean> {
  for (;;) {
    const held = await hold(relay, id, by, deadline);
    if (held === undefined) return false;
    if (held !== 'held') return (await bring(relay, held, news)) && letGo(relay, held);
    if (await relay.rooms.tell(id)) return true;
  }
}

/** Undefined where the socket is gone, or had to be closed. */
export async function hold(
  relay: Feeding,
  id: string,
  by: string,
  deadline: number,
): Promise<Held | 'held' | undefined> {
  const found = await relay.rooms.hold(id, by, untilOf(deadline));
  if (found === 'held') return 'held';
  if (found === 'lapsed') {
    await cutOff(relay, undefined, { connection: id, at: 0 }, 'cut', relay.clock.now());
  }
  if (typeof found === 'string') return undefined;
  return { connection: found, by, places: new Map(found.places), deadline };
}

/** Ends a feeding: with all that was told of while it lasted. */
export async function letGo(relay: Feeding, held: Held): Promise<boolean> {
  const { connection, by, places } = held;
  for (let { news } = connection; ; ) {
    const left = await relay.rooms.letGo(connection.id, by, places, news);
    if (left === 'let-go') return true;
    if (left === 'gone') return false;
    news = left;
    if (!(await bring(relay, held, { numbers: [], heads: await headsOf(relay, places) }))) return false;
  }
}

/** Posts what lies between the places and the heads; false where the socket was cut for it. */
export async function bring(relay: Feeding, held: Held, { numbers, heads }: News): Promise<boolean> {
  const { places } = held;
  const own = new Map([...heads].filter(([channel]) => places.has(channel)));
  const inHand = numbers.filter(({ channel }) => places.has(channel));
  return give(relay, held, isWhole(inHand, own, places) ? inHand : missing(relay, own, places));
}

/**
 * Posts these numbers. One whose event comes through an earlier channel is passed over once it has come there: the client may
 * leave that channel, or come back with the offset of what follows, and must not have lost the event with that.
 */
async function give(
  relay: Feeding,
  held: Held,
  numbers: Iterable<Numbered> | AsyncIterable<Numbered>,
): Promise<boolean> {
  const { places } = held;
  for await (const { channel, cursor, entry } of numbers) {
    const place = places.get(channel);
    if (!place || (place.at.epoch === cursor.epoch && place.at.seq >= cursor.seq)) continue;
    const earlier = entry && earlierOf(entry.ids, channel, places);
    if (earlier && !(await give(relay, held, missing(relay, new Map([earlier]), places)))) return false;
    places.set(channel, { since: place.since, at: cursor });
    if (!entry || earlier) continue;
    const frame = eventFrame(entry, channel, relay.roomOf, formatOffset(places));
    if (!(await postOnce(relay, speaker(held.connection), frame, held.deadline))) return false;
  }
  return true;
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

/** A connection that has said something. It is there since long, or a 410 would prove nothing; here it means that it is gone. */
export function speaker({ id, credential }: Connection): Omit<Subscription, 'starting'> {
  return { connection: id, at: 0, credential };
}

/** Whether what is in hand goes on where the client stands and up to the heads, without a hole. */
function isWhole(numbers: readonly Numbered[], heads: Heads, places: Places): boolean {
  const last = new Map<string, number>();
  for (const { channel, cursor } of numbers) {
    const at = places.get(channel)?.at;
    const before = last.get(channel) ?? at?.seq ?? 0;
    if (at?.epoch !== cursor.epoch || cursor.seq > before + 1) return false;
    last.set(channel, Math.max(before, cursor.seq));
  }
  return [...heads].every(([channel, { seq }]) => (last.get(channel) ?? -1) >= seq);
}

/** The log's numbers up to these heads, channel after channel. */
async function* missing(relay: Feeding, heads: Heads, places: Map<string, Place>): AsyncGenerator<Numbered> {
  for (const [channel, head] of heads) {
    const place = places.get(channel);
    if (!place) continue;
    const from = within(head, place.at);
    if (from !== place.at) places.set(channel, { since: from, at: from });
    const range = { epoch: head.epoch, after: from.seq, upTo: head.seq };
    for await (const { seq, json } of readRange(relay.log, relay.clock, channel, range)) {
      const cursor = { epoch: head.epoch, seq };
      yield { channel, cursor, entry: json === null ? undefined : readEntry(json, channel, cursor) };
    }
  }
}

async function headsOf({ log }: Feeding, places: Places): Promise<Heads> {
  const heads = new Map<string, Cursor>();
  for (const channel of places.keys()) {
    const head = await log.head(channel);
    if (head) heads.set(channel, { epoch: head.epoch, seq: head.seq });
  }
  return heads;
}

/** When the lease of a feeding ends. */
export function untilOf(deadline: number): number {
  return deadline + MARGIN_MS;
}

/** When a feeding that begins now has to be over. */
export function feedDeadline({ clock }: Delivery): number {
  return clock.now() + limits.fanOutMs;
}
