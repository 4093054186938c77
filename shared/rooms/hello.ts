/**
 * A client's CONNECT: who it is, what it comes back to, the rooms that its handshake asked for. From the moment it is told
 * that it is connected nothing of those rooms is missed: its subscriptions are there before.
 *
 * A client that recovers has a session, which outlives the socket: its rooms, each with the head at which it joined. It goes on
 * after its offset, or after that head where it has had nothing yet. A session is given back whole or not at all, as clients
 * expect it: where a room's log no longer reaches back, or the token does not cover it, the client starts afresh.
 */
import type { Cursor } from '../core/cursor.ts';
import { hangUp } from '../core/deliver.ts';
import { type Problem, RelayError, toProblem } from '../core/errors.ts';
import { standingOf } from '../core/resume.ts';
import { release } from '../core/start.ts';
import { type Connect, type ConnectError, MAIN_NAMESPACE } from '../wire/socket-io.ts';
import { bring, feedDeadline, type Held, letGo, postOnce, speaker, untilOf } from './feed.ts';
import { requireRooms } from './grant.ts';
import { readOffset } from './offset.ts';
import { type Grant, type Place, type Places, type RoomConnection, sinceOf } from './ports.ts';
import type { Rooms } from './rooms.ts';
import { frameOf, say } from './say.ts';
import { subscribe } from './subscribe.ts';

/** What a client's `auth` may say. What is of another type says nothing. */
interface Auth {
  readonly token: string | undefined;
  readonly recovers: boolean;
  /** The session that it had, and how far it got in it. */
  readonly pid: string | undefined;
  readonly offset: string;
}

type Admitted = RoomConnection & { readonly grant: Grant };

export async function hello(relay: Rooms, connection: RoomConnection, packet: Connect): Promise<void> {
  const { namespace } = packet;
  if (namespace !== MAIN_NAMESPACE) {
    await refuse(relay, connection, namespace, { message: 'Invalid namespace' });
    return;
  }
  const auth = readAuth(packet.payload ?? {});
  const grant = await admitted(relay, connection, auth.token);
  if (grant instanceof RelayError) {
    await refuse(relay, connection, namespace, { message: grant.code, data: about(grant) });
    return;
  }
  const credential = grant.until === undefined ? undefined : { until: grant.until };
  const known = { ...connection, grant, credential };
  const isWelcome = auth.recovers ? await welcomeBack(relay, known, auth) : await welcome(relay, known);
  // Until here the minute's pass would have closed it.
  if (isWelcome) await relay.connections.setLive(connection.id, true);
}

async function refuse(
  relay: Rooms,
  connection: RoomConnection,
  namespace: string,
  payload: ConnectError['payload'],
): Promise<void> {
  await say(relay, connection, { kind: 'connect-error', namespace, payload });
}

/** What it may join, or why it may not be here. A token in its `auth` goes before that of its handshake. */
async function admitted(
  relay: Rooms,
  { grant: before, asked }: RoomConnection,
  token: string | undefined,
): Promise<Grant | RelayError> {
  try {
    const grant = before && token === undefined ? before : await relay.admit(token);
    requireRooms(relay.mayJoin, grant, asked);
    return grant;
  } catch (error) {
    if (error instanceof RelayError) return error;
    throw error;
  }
}

/** The one error shape, as far as it is not about a request of HTTP. */
function about(error: RelayError): Omit<Problem, 'request_id'> {
  const { request_id: _, ...problem } = toProblem(error, '');
  return problem;
}

function readAuth({ token, recovery, pid, offset }: Readonly<Record<string, unknown>>): Auth {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return { token: text(token), recovers: recovery === true, pid: text(pid), offset: text(offset) ?? '' };
}

/** A plain client; false where its socket is closed. */
async function welcome(relay: Rooms, connection: Admitted): Promise<boolean> {
  const { id, grant, asked } = connection;
  const sid = relay.draw();
  if (!(await relay.rooms.accept(id, { sid, grant }))) return false;
  for (const channel of asked) {
    if (typeof (await subscribe(relay, connection, channel, 'starting')) === 'string') return false;
  }
  if (!(await postOnce(relay, speaker(connection), connectedFrame({ sid }), feedDeadline(relay))))
    return false;
  for (const channel of asked) await release(relay, connection, channel);
  return true;
}

/** One that recovers. */
async function welcomeBack(relay: Rooms, connection: Admitted, auth: Auth): Promise<boolean> {
  const { id, grant, asked } = connection;
  const deadline = feedDeadline(relay);
  const [sid, by] = [relay.draw(), relay.draw()];
  const found = await restored(relay, grant, auth);
  const session = found?.id ?? relay.draw();
  if (!(await relay.rooms.accept(id, { sid, grant, session, hold: { by, until: untilOf(deadline) } })))
    return false;
  const places = new Map<string, Place>(found?.places);
  const heads = new Map<string, Cursor>();
  for (const channel of new Set([...places.keys(), ...asked])) {
    const head = await subscribe(relay, connection, channel, 'fed');
    if (typeof head === 'string') return false;
    heads.set(channel, head);
    if (!places.has(channel)) places.set(channel, { since: head, at: head });
  }
  await relay.sessions.put(session, { connection: id, since: sinceOf(places) });
  if (!(await postOnce(relay, speaker(connection), connectedFrame({ sid, pid: session }), deadline)))
    return false;
  const held: Held = { connection, by, places, deadline };
  if (!(await bring(relay, held, { numbers: [], heads }))) return false;
  if (!(await letGo(relay, held))) return false;
  if (found) await dismiss(relay, found.connection);
  return true;
}

function connectedFrame(payload: { readonly sid: string; readonly pid?: string }): string {
  return frameOf({ kind: 'connect', namespace: MAIN_NAMESPACE, payload });
}

interface Restored {
  readonly id: string;
  /** That it had before. */
  readonly connection: string;
  readonly places: Places;
}

async function restored(
  relay: Rooms,
  grant: Grant,
  { pid, offset }: Pick<Auth, 'pid' | 'offset'>,
): Promise<Restored | undefined> {
  const session = pid === undefined ? undefined : await relay.sessions.get(pid);
  if (!session || pid === undefined) return undefined;
  const places = new Map<string, Place>();
  const cursors = readOffset(offset);
  for (const [channel, since] of session.since) {
    if (!relay.mayJoin(grant, channel)) return undefined;
    const at = furthest(since, cursors);
    const { recovered } = await standingOf(relay.log, relay.clock, channel, at);
    if (recovered !== true) return undefined;
    places.set(channel, { since, at });
  }
  return { id: pid, connection: session.connection, places };
}

/** The offset may be older than the join: of an earlier session, or of an earlier stay in the room. */
function furthest(since: Cursor, cursors: readonly Cursor[]): Cursor {
  const own = cursors.find(({ epoch }) => epoch === since.epoch);
  return own && own.seq > since.seq ? own : since;
}

/** Closes the socket that a client has left behind: the platform may not know yet that nobody is there any more. */
async function dismiss(relay: Rooms, id: string): Promise<void> {
  const old = await relay.rooms.get(id);
  if (old) await hangUp(relay, speaker(old), relay.clock.now());
}
