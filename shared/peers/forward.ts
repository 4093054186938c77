/**
 * A frame on its way from one peer to the other: one write counts it, and its answer names the other peer; then one post. A frame
 * that is not accepted is not forwarded, and its sender is told or closed, never left in doubt.
 */
import { limits } from '../core/limits.ts';
import { postAll } from '../core/post.ts';
import { sideOf } from './arrival.ts';
import { dismiss, type Ending, endSession } from './ending.ts';
import { exceeded } from './limits.ts';
import type { Frame, PeerLimits, Place } from './ports.ts';

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
  const isGone = outcome === 'gone' || outcome === 'early';
  await endSession(relay, session, isGone ? 'gone' : 'undelivered', isGone ? other.connection : undefined);
}

async function refuse(
  relay: Forwarding,
  { session: id, instance }: Place,
  connection: string,
  frame: Frame,
): Promise<void> {
  const found = await relay.sessions.get(id);
  const side = found && sideOf(found, connection);
  if (!side || found.instance !== instance || found.ended) {
    return dismiss(relay, { connection, at: 0 });
  }
  if (found.server) {
    const beyond = exceeded(relay.peerLimits, found, frame);
    // Otherwise its peer has come in between; the sender's next frame goes through.
    if (beyond) {
      await endSession(relay, found, beyond);
      return;
    }
  }
  const outcome = await postAll(relay, { connection, at: 0 }, [NO_PEER], frame.at + limits.closeMs);
  // Who cannot be told sees a close.
  if (outcome !== 'sent') await dismiss(relay, { connection, at: 0 });
}
