/**
 * A frame on its way from one peer to the other: one write counts it, and its answer names the other peer; then one post. A frame
 * that is not accepted is not forwarded, and its sender is told or closed, never left in doubt.
 */
import { limits } from '../core/limits.ts';
import { postAll } from '../core/post.ts';
import { dismiss, type Ending, endSession, finish, shut } from './ending.ts';
import { exceeded } from './limits.ts';
import type { Frame, PeerLimits, Place } from './ports.ts';
import { isLeftOver, sideOf } from './session.ts';

export interface Forwarding extends Ending {
  readonly peerLimits: PeerLimits;
}

/** What is said to a peer that speaks before there is another. */
export const NO_PEER = JSON.stringify({ type: 'error', error: 'no_peer' });

/** `by`: names this frame, so that a write that is made again counts it once. */
export async function forward(
  relay: Forwarding,
  place: Place,
  connection: string,
  text: string,
  by: string,
): Promise<void> {
  const at = relay.clock.now();
  const frame = { by, bytes: Buffer.byteLength(text), at };
  const session = await relay.sessions.count(place, connection, frame, relay.peerLimits);
  if (!session) return refuse(relay, place, connection, frame);
  const other = place.side === 'client' ? session.server : session.client;
  if (!other) throw new Error('a paired session has no other peer');
  // A post that may have arrived is not repeated: a frame must not come twice.
  const target = { connection: other.connection, at: other.at, fed: true };
  const outcome = await postAll(relay, target, [text], at + limits.fanOutMs);
  if (outcome === 'sent') return;
  if (outcome === 'gone') await endSession(relay, session, 'gone', other.connection);
  // One that is not there yet may still come: it is closed like any other.
  else await endSession(relay, session, outcome === 'early' ? 'gone' : 'undelivered');
}

async function refuse(
  relay: Forwarding,
  { session: id, instance }: Place,
  connection: string,
  frame: Frame,
): Promise<void> {
  const found = await relay.sessions.get(id);
  const side = found && sideOf(found, connection);
  const target = { connection, at: 0 };
  if (!side || found.instance !== instance) return dismiss(relay, target);
  if (found.ended) {
    if (isLeftOver(relay, found)) await finish(relay, found);
    else await shut(relay, target);
    return;
  }
  if (found.server) {
    const beyond = exceeded(relay.peerLimits, found, frame);
    // Otherwise its peer has come in between; the sender's next frame goes through.
    if (beyond) {
      await endSession(relay, found, beyond);
      return;
    }
  }
  const outcome = await postAll(relay, target, [NO_PEER], frame.at + limits.closeMs);
  // Who cannot be told sees a close.
  if (outcome !== 'sent') await shut(relay, target);
}
