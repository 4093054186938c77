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
import { limits } from '../core/limits.ts';
import { parallel } from '../core/parallel.ts';
import { standingOf } from '../core/resume.ts';
import { release } from '../core/start.ts';
import { type Connect, type ConnectError, MAIN_NAMESPACE } from '../wire/socket-io.ts';
import { bring, letGo, postOnce, speaker } from './feed.ts';
import { requireRooms } from './grant.ts';
import { type Held, holdDeadline, leaseEnd, renew } from './lease.ts';
import { readOffset } from './offset.ts';
import {
  type Grant,
  type Position,
  type Positions,
  type RoomConnection,
  type Session,
  sinceOf,
} from './ports.ts';
import type { Rooms } from './rooms.ts';
import { frameOf, say } from './say.ts';
import { subscribe } from './subscribe.ts';

/** Rooms of one client that are worked on at one time. */
const WIDTH = 8;

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
  await welcome(relay, { ...connection, grant, credential }, auth);
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

async function welcome(relay: Rooms, connection: Admitted, auth: Auth): Promise<void> {
  const { id, grant, asked } = connection;
  const deadline = holdDeadline(relay);
  const by = relay.draw();
  const found = auth.recovers ? await restored(relay, connection, auth) : undefined;
  const session = auth.recovers ? (found?.id ?? relay.draw()) : undefined;
  const sid = found?.session.sid ?? relay.draw();
  const hold = { by, until: leaseEnd(relay) };
  if (!(await relay.rooms.accept(id, { sid, grant, ...(session !== undefined && { session }), hold })))
    return;
  const held: Held = {
    connection,
    by,
    positions: new Map(found?.positions),
    deadline,
    until: hold.until,
  };
  const heads = await subscribeAll(relay, connection, [...held.positions.keys(), ...asked], session);
  if (!heads) return;
  if (session !== undefined) {
    for (const [channel, head] of heads) {
      if (!held.positions.has(channel)) held.positions.set(channel, { since: head, at: head });
    }
    const kept = { connection: id, sid, since: sinceOf(held.positions) };
    if (!found) await relay.sessions.create(session, kept);
    else if (!(await relay.sessions.update(session, kept, found.session.connection))) {
      // Its client has come back once more meanwhile.
      return hangUp(relay, speaker(connection), deadline);
    }
  }
  if (!(await renew(relay, held))) return;
  const payload = { sid, ...(session !== undefined && { pid: session }) };
  const connected = frameOf({ kind: 'connect', namespace: MAIN_NAMESPACE, payload });
  if (!(await postOnce(relay, speaker(connection), connected, deadline))) return;
  if (session === undefined) await releaseAll(relay, connection, heads);
  else if (!(await bring(relay, held, { numbers: [], heads }))) return;
  await letGo(relay, held);
  if (found) await dismiss(relay, found.session.connection);
}

/** The heads of all its channels; undefined where it has left meanwhile. */
async function subscribeAll(
  relay: Rooms,
  connection: Admitted,
  channels: readonly string[],
  session: string | undefined,
): Promise<ReadonlyMap<string, Cursor> | undefined> {
  const heads = new Map<string, Cursor>();
  const distinct = [...new Set(channels)];
  // A plain client gets nothing before it is told that it is connected.
  const how = session === undefined ? 'starting' : 'fed';
  await parallel(distinct, WIDTH, async (channel) => {
    const head = await subscribe(relay, connection, channel, how);
    if (typeof head !== 'string') heads.set(channel, head);
  });
  return heads.size === distinct.length ? heads : undefined;
}

function releaseAll(
  relay: Rooms,
  connection: Admitted,
  channels: ReadonlyMap<string, Cursor>,
): Promise<void> {
  return parallel([...channels.keys()], WIDTH, async (channel) => {
    await release(relay, connection, channel);
  });
}

interface Restored {
  readonly id: string;
  readonly session: Session;
  readonly positions: Positions;
}

async function restored(
  relay: Rooms,
  { grant, asked }: Admitted,
  { pid, offset }: Pick<Auth, 'pid' | 'offset'>,
): Promise<Restored | undefined> {
  const session = pid === undefined ? undefined : await relay.sessions.get(pid);
  if (!session || pid === undefined) return undefined;
  if (new Set([...session.since.keys(), ...asked]).size > limits.roomsPerSocket) return undefined;
  const cursors = readOffset(offset);
  const positions = new Map<string, Position>();
  let isWhole = true;
  await parallel([...session.since], WIDTH, async ([channel, since]) => {
    const at = furthest(since, cursors);
    positions.set(channel, { since, at });
    if (!relay.mayJoin(grant, channel)) isWhole = false;
    else if ((await standingOf(relay.log, relay.clock, channel, at)).recovered !== true) isWhole = false;
  });
  return isWhole ? { id: pid, session, positions } : undefined;
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
