/**
 * A session ends, once, whoever notices first:
 *
 *     1 end      one conditional write: no frame is accepted any more, so its figures are final. Whoever makes it does the rest
 *     2 tell     its record, and the one line about it
 *     3 remove   the session: its id is free. Its sockets are closed meanwhile, each forgotten after its close
 *
 * Who dies over it is followed by whoever meets the session later, or one of its sockets. The line may then be there twice, never
 * not at all.
 */
import { limits } from '../core/limits.ts';
import { ended, type Posting, type Target } from '../core/post.ts';
import type { PeerConnections, PeerSession, PeerSessions, Reason } from './ports.ts';

export interface Ending extends Posting {
  readonly sessions: PeerSessions;
  readonly connections: PeerConnections;
  /** A name that nobody else has. */
  readonly draw: () => string;
  /** Told of a session's end: its record, its line in the log. */
  readonly onEnd: (session: PeerSession) => Promise<void>;
  /** Told of a socket that is not known to be closed, or a session to be over; it is left to the minute's pass. */
  readonly onUnfinished: (connection: string, error?: unknown) => void;
}

/** `absent`: the peer that is known to be gone. False where somebody else has ended it, or it is another session by now. */
export async function endSession(
  relay: Ending,
  { id, instance }: Pick<PeerSession, 'id' | 'instance'>,
  reason: Reason,
  absent?: string,
): Promise<boolean> {
  const at = relay.clock.now();
  const session = await relay.sessions.end(id, instance, { at, reason, by: relay.draw(), since: at });
  if (session) await carryOut(relay, session, absent);
  return session !== undefined;
}

/** Does what somebody has left undone; one of those who try does it. */
export async function finish(relay: Ending, session: PeerSession): Promise<void> {
  const { id, instance, ended: left } = session;
  const own = { by: relay.draw(), since: relay.clock.now() };
  if (left && (await relay.sessions.inherit(id, instance, left.by, own))) await carryOut(relay, session);
}

/** Closes a socket and forgets it. Closed first: a crash in between leaves something from which the minute's pass closes it. */
export async function dismiss(relay: Ending, target: Target): Promise<void> {
  if (!(await shut(relay, target))) return;
  try {
    await relay.connections.delete(target.connection);
  } catch (error) {
    relay.onUnfinished(target.connection, error);
  }
}

/** Closes a socket, which is not forgotten: by it the minute's pass finds its session. Whether it is known to be closed. */
export async function shut(relay: Ending, target: Target): Promise<boolean> {
  try {
    const outcome = await ended(relay, target, relay.clock.now() + limits.closeMs);
    if (outcome === 'failed') relay.onUnfinished(target.connection);
    return outcome === 'closed';
  } catch (error) {
    relay.onUnfinished(target.connection, error);
    return false;
  }
}

async function carryOut(relay: Ending, session: PeerSession, absent?: string): Promise<void> {
  const { id, instance, client, server } = session;
  await relay.onEnd(session);
  const peers = server ? [client, server] : [client];
  await Promise.all([
    relay.sessions.remove(id, instance),
    ...peers.map((peer) =>
      peer.connection === absent ? relay.connections.delete(absent) : dismiss(relay, peer),
    ),
  ]);
}
