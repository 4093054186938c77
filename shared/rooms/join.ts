/**
 * Joining and leaving rooms. The gateway may deliver two messages at once and in either order, so every wish has the time at which
 * it came to the gateway: it is noted before anything is done, and done under the lease on the socket, unless a later one of the
 * other kind is known by then. One of the same kind is no reason to leave it to that, which may have died. The answer comes
 * last: once it is out, the room's events come, or no longer come.
 */
import { type Cursor, formatCursor, parseCursor } from '../core/cursor.ts';
import { hangUp } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import { standingOf } from '../core/resume.ts';
import { bring, letGo, speaker } from './feed.ts';
import { type Held, hold, holdDeadline } from './lease.ts';
import { type RoomConnection, sinceOf } from './ports.ts';
import { joinBehind } from './replay.ts';
import type { Rooms } from './rooms.ts';
import { subscribe, unsubscribe } from './subscribe.ts';

/** Why a client is refused: what it sent is no such thing, or it may not. `busy`: it may try again. */
export type Refusal =
  | 'bad_request'
  | 'bad_room'
  | 'bad_cursor'
  | 'forbidden'
  | 'too_many_rooms'
  | 'busy'
  | 'unknown_event'
  | 'binary_not_taken';

export type Answer =
  | { readonly ok: true; readonly room: string; readonly head?: string; readonly recovered?: boolean }
  | { readonly ok: false; readonly error: Refusal };

/** An event that a client emitted. */
export interface Asked {
  /** A room's name, or an object with it. */
  readonly what: unknown;
  /** Higher for what came later. */
  readonly stamp: number;
  /** Called at most once; not where there is nobody left to answer. */
  readonly answer: (answer: Answer) => Promise<void>;
}

interface Wish {
  readonly room: string;
  readonly channel: string;
  readonly after?: Cursor;
}

/** `what`: a room's name, or `{room, after}`. */
export async function join(relay: Rooms, connection: RoomConnection, asked: Asked): Promise<void> {
  const wish = readWish(relay, connection, asked.what);
  if (typeof wish === 'string') return asked.answer(refused(wish));
  const { room, channel } = wish;
  await inTurn(relay, connection, asked, channel, {
    kind: 'join',
    work: (held) => (held.connection.session === undefined ? joinPlain : joinFed)(relay, held, wish),
    async overtaken() {
      const { head } = await standingOf(relay.log, relay.clock, channel, undefined);
      return { ok: true, room, head: formatCursor(head) };
    },
  });
}

/** `what`: a room's name, or `{room}`. */
export async function leave(relay: Rooms, connection: RoomConnection, asked: Asked): Promise<void> {
  const wish = readRoom(relay, asked.what);
  if (typeof wish === 'string') return asked.answer(refused(wish));
  const { room, channel } = wish;
  const left: Answer = { ok: true, room };
  await inTurn(relay, connection, asked, channel, {
    kind: 'leave',
    async work(held) {
      if (!held.connection.channels.includes(channel)) return left;
      held.positions.delete(channel);
      if (!(await keepSession(relay, held))) return undefined;
      await unsubscribe(relay, connection, channel);
      return left;
    },
    overtaken: async () => left,
  });
}

async function joinPlain(relay: Rooms, held: Held, wish: Wish): Promise<Answer | undefined> {
  const { connection } = held;
  const { room, channel, after } = wish;
  if (after === undefined) {
    const head = await subscribe(relay, connection, channel, 'live');
    return typeof head === 'string' ? notSubscribed(head) : { ok: true, room, head: formatCursor(head) };
  }
  const joined = await joinBehind(relay, held, channel, after);
  if (joined === 'late') return refused('busy');
  if (typeof joined === 'string') return notSubscribed(joined);
  const { head, recovered } = joined;
  return { ok: true, room, head: formatCursor(head), recovered: recovered === true };
}

async function joinFed(relay: Rooms, held: Held, wish: Wish): Promise<Answer | undefined> {
  const { room, channel, after } = wish;
  const standing = after && (await standingOf(relay.log, relay.clock, channel, after));
  const head = await subscribe(relay, held.connection, channel, 'fed');
  if (typeof head === 'string') return notSubscribed(head);
  if (after !== undefined || !held.positions.has(channel)) {
    const since = after && standing?.recovered ? after : head;
    held.positions.set(channel, { since, at: since });
    if (!(await keepSession(relay, held))) return undefined;
  }
  if (!(await bring(relay, held, { numbers: [], heads: new Map([[channel, head]]) }))) return undefined;
  const recovered = standing && { recovered: standing.recovered === true };
  return { ok: true, room, head: formatCursor(head), ...recovered };
}

/** Its rooms, for when the client comes back. A connection that it has come back from already has no say any more. */
async function keepSession(relay: Rooms, { connection, positions }: Held): Promise<boolean> {
  const { id, session, sid = '' } = connection;
  if (session === undefined) return true;
  if (await relay.sessions.update(session, { connection: id, sid, since: sinceOf(positions) })) return true;
  await hangUp(relay, speaker(connection), relay.clock.now());
  return false;
}

type Kind = 'join' | 'leave';

/** What is noted of a wish; of two that came at the same time a join goes last. */
function withKind(stamp: number, kind: Kind): number {
  return 2 * stamp + (kind === 'join' ? 1 : 0);
}

function kindOf(noted: number): Kind {
  return noted % 2 === 1 ? 'join' : 'leave';
}

interface Turn {
  readonly kind: Kind;
  /** Under the lease; undefined where there is nobody left to answer. */
  readonly work: (held: Held) => Promise<Answer | undefined>;
  /** What is said where a later wish of the other kind is known. */
  readonly overtaken: () => Promise<Answer>;
}

async function inTurn(
  relay: Rooms,
  { id }: RoomConnection,
  { stamp, answer }: Asked,
  channel: string,
  { kind, work, overtaken }: Turn,
): Promise<void> {
  const noted = await relay.rooms.wish(id, channel, withKind(stamp, kind), limits.roomsPerLife);
  if (noted === 'gone') return;
  if (noted === 'full') return answer(refused('too_many_rooms'));
  const held = await patientHold(relay, id);
  if (held === 'held') return answer(refused('busy'));
  if (typeof held === 'string') return;
  const latest = held.connection.wishOf(channel) ?? 0;
  const isOvertaken = latest > withKind(stamp, kind) && kindOf(latest) !== kind;
  const done = isOvertaken ? await overtaken() : await work(held);
  // Without an answer the socket is closed, and its lease with it.
  if (!done) return;
  await answer(done);
  await letGo(relay, held);
}

async function patientHold(relay: Rooms, id: string): Promise<Held | 'held' | 'gone' | 'lost'> {
  const by = relay.draw();
  const end = relay.clock.now() + limits.holdMs;
  for (let pause = 25; ; pause = Math.min(pause * 2, 800)) {
    const held = await hold(relay, id, by, holdDeadline(relay));
    if (held !== 'held' || relay.clock.now() + pause > end) return held;
    await relay.clock.sleep(pause);
  }
}

function notSubscribed(why: 'full' | 'gone'): Answer | undefined {
  return why === 'full' ? refused('too_many_rooms') : undefined;
}

export function refused(error: Refusal): Answer {
  return { ok: false, error };
}

function readWish(relay: Rooms, { grant }: RoomConnection, asked: unknown): Wish | Refusal {
  const wish = readRoom(relay, asked);
  if (typeof wish === 'string') return wish;
  if (!relay.mayJoin(grant ?? {}, wish.channel)) return 'forbidden';
  const after = typeof asked === 'object' && asked !== null && 'after' in asked ? asked.after : undefined;
  if (after === undefined || after === null) return wish;
  const cursor = typeof after === 'string' ? parseCursor(after) : undefined;
  if (!cursor || !relay.log.owns(wish.channel, cursor.epoch)) return 'bad_cursor';
  return { ...wish, after: cursor };
}

function readRoom(relay: Rooms, asked: unknown): { room: string; channel: string } | Refusal {
  const room = typeof asked === 'object' && asked !== null && 'room' in asked ? asked.room : asked;
  if (typeof room !== 'string') return 'bad_request';
  const channel = relay.channelOf(room);
  return channel === undefined ? 'bad_room' : { room, channel };
}
