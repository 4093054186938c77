/**
 * A session ends, once, whoever notices first:
 *
 *     1 end      one conditional write: no frame is accepted any more, so its figures are final. Whoever makes it does the rest
 *     2 tell     the one line about the session, and its record
 *     3 close    both sockets
 *     4 remove   the session: its id is free
 *
 * Who dies over it is followed by whoever meets the session later. The line may then be there twice, never not at all.
 */
import { type Delivery, hangUp } from '../core/deliver.ts';
import type { PeerSession, PeerSessions, Reason } from './ports.ts';

export interface Ending extends Delivery {
  readonly sessions: PeerSessions;
  /** A name that nobody else has. */
  readonly draw: () => string;
  /** Told of a session's end: its line in the log, its record. */
  readonly onEnd: (session: PeerSession) => Promise<void>;
}

/** Whoever ends a session is done with it after this time, or dead, milliseconds. */
const ENDING_MS = 10_000;

/** False where somebody else has ended it, or it is another session by now. */
export async function endSession(
  relay: Ending,
  { id, instance }: Pick<PeerSession, 'id' | 'instance'>,
  reason: Reason,
): Promise<boolean> {
  const at = relay.clock.now();
  const ended = await relay.sessions.end(id, instance, { at, reason, by: relay.draw() });
  if (ended) await carryOut(relay, ended);
  return ended !== undefined;
}

/** Whether whoever ended it has died over it. */
export function isLeftOver({ clock }: Pick<Ending, 'clock'>, { ended }: PeerSession): boolean {
  return ended !== undefined && clock.now() - ended.at >= ENDING_MS;
}

/** Does what somebody has left undone; one of those who try does it. */
export async function finish(relay: Ending, session: PeerSession): Promise<void> {
  const { id, instance, ended } = session;
  if (ended && (await relay.sessions.inherit(id, instance, ended.by, relay.draw()))) {
    await carryOut(relay, session);
  }
}

async function carryOut(relay: Ending, session: PeerSession): Promise<void> {
  const { id, instance, client, server } = session;
  await relay.onEnd(session);
  const deadline = relay.clock.now();
  await Promise.all(
    [client, server].map(async (peer) => {
      if (peer) await hangUp(relay, { connection: peer.connection, at: peer.at }, deadline);
    }),
  );
  await relay.sessions.remove(id, instance);
}
