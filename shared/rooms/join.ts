/** Joining and leaving rooms. The answer comes last: once it is out, the room's events come, or no longer come. */
import { type Cursor, formatCursor, parseCursor } from '../core/cursor.ts';
import { hangUp } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import { standingOf } from '../core/resume.ts';
import { catchUp } from '../core/start.ts';
import { bring, feedDeadline, type Held, hold, letGo, speaker } from './feed.ts';
import { loggedFrame } from './frame.ts';
import { type RoomConnection, sinceOf } from './ports.ts';
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

/** Undefined where there is nobody left to answer. */
export type Answered = Answer | undefined;

interface Wish {
  readonly room: string;
  readonly channel: string;
  readonly after?: Cursor;
}

/** `asked`: a room's name, or `{room, after}`. `answer`: called at most once. */
export async function join(
  relay: Rooms,
  connection: RoomConnection,
  asked: unknown,
  answer: (answer: Answer) => Promise<void>,
): Promise<void> {
  const wish = readWish(relay, connection, asked);
  if (typeof wish === 'string') return answer(refused(wish));
  if (connection.session === undefined) return tell(answer, await joinPlain(relay, connection, wish));
  await underHold(relay, connection, answer, (held, session) => joinFed(relay, held, session, wish));
}

export async function leave(
  relay: Rooms,
  connection: RoomConnection,
  asked: unknown,
  answer: (answer: Answer) => Promise<void>,
): Promise<void> {
  const wish = readRoom(relay, asked);
  if (typeof wish === 'string') return answer(refused(wish));
  const { room, channel } = wish;
  const left: Answer = { ok: true, room };
  if (!connection.channels.includes(channel)) return answer(left);
  if (connection.session === undefined) {
    await unsubscribe(relay, connection, channel);
    return answer(left);
  }
  await underHold(relay, connection, answer, async (held, session) => {
    held.places.delete(channel);
    if (!(await keepSession(relay, held, session))) return undefined;
    await unsubscribe(relay, connection, channel);
    return left;
  });
}

async function joinPlain(relay: Rooms, connection: RoomConnection, wish: Wish): Promise<Answered> {
  const { room, channel, after } = wish;
  if (after === undefined) {
    const head = await subscribe(relay, connection, channel, 'live');
    return typeof head === 'string' ? unsubscribed(head) : { ok: true, room, head: formatCursor(head) };
  }
  const standing = await standingOf(relay.log, relay.clock, channel, after);
  const { head, recovered } = standing;
  const begun = await subscribe(relay, connection, channel, 'starting');
  if (typeof begun === 'string') return unsubscribed(begun);
  const isCaughtUp = await catchUp(relay, connection, channel, standing, (cursor, json) =>
    loggedFrame(channel, cursor, json, relay.roomOf),
  );
  return isCaughtUp ? { ok: true, room, head: formatCursor(head), recovered: recovered === true } : undefined;
}

async function joinFed(relay: Rooms, held: Held, session: string, wish: Wish): Promise<Answered> {
  const { room, channel, after } = wish;
  const standing = after && (await standingOf(relay.log, relay.clock, channel, after));
  const head = await subscribe(relay, held.connection, channel, 'fed');
  if (typeof head === 'string') return unsubscribed(head);
  if (after !== undefined || !held.places.has(channel)) {
    const since = after && standing?.recovered ? after : head;
    held.places.set(channel, { since, at: since });
    if (!(await keepSession(relay, held, session))) return undefined;
  }
  if (!(await bring(relay, held, { numbers: [], heads: new Map([[channel, head]]) }))) return undefined;
  const recovered = standing && { recovered: standing.recovered === true };
  return { ok: true, room, head: formatCursor(head), ...recovered };
}

/** Its rooms, for when the client comes back. A connection that it has come back from already has no say any more. */
async function keepSession(relay: Rooms, { connection, places }: Held, session: string): Promise<boolean> {
  const kept = { connection: connection.id, since: sinceOf(places) };
  if (await relay.sessions.update(session, kept)) return true;
  await hangUp(relay, speaker(connection), relay.clock.now());
  return false;
}

/** What is done to a socket that is fed is done by whoever feeds it. */
async function underHold(
  relay: Rooms,
  connection: RoomConnection,
  answer: (answer: Answer) => Promise<void>,
  work: (held: Held, session: string) => Promise<Answered>,
): Promise<void> {
  const by = relay.draw();
  const end = relay.clock.now() + limits.holdMs;
  for (let pause = 25; ; pause = Math.min(pause * 2, 200)) {
    const held = await hold(relay, connection.id, by, feedDeadline(relay));
    if (held === undefined) return;
    if (held !== 'held') {
      const { session } = held.connection;
      const done = session === undefined ? undefined : await work(held, session);
      await tell(answer, done);
      if (done) await letGo(relay, held);
      return;
    }
    if (relay.clock.now() + pause > end) return answer(refused('busy'));
    await relay.clock.sleep(pause);
  }
}

async function tell(answer: (answer: Answer) => Promise<void>, done: Answered): Promise<void> {
  if (done) await answer(done);
}

function unsubscribed(why: 'full' | 'gone'): Answered {
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
