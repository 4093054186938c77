/** A peer's socket is gone: its session ends, and it is forgotten, unless somebody is at that already. */
import { type Ending, endSession, finish } from './ending.ts';
import { isLeftOver, isYoung, sideOf } from './session.ts';

export async function peerLeft(relay: Ending, id: string): Promise<void> {
  const connection = await relay.connections.get(id);
  if (!connection) return;
  const session = await relay.sessions.get(connection.session);
  if (!session || !sideOf(session, id)) {
    // It may be about to take its slot; the minute's pass finds it by this.
    if (!isYoung(relay, connection)) await relay.connections.delete(id);
    return;
  }
  if (session.ended) {
    // Whoever has ended it forgets its sockets; while one is left, the minute's pass finds the session by it.
    if (isLeftOver(relay, session)) await finish(relay, session);
    return;
  }
  await endSession(relay, session, 'left', id);
}
