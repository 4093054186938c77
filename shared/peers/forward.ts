/**
 * A frame on its way from one peer to the other: one write counts it, and its answer names the other peer and what has gone through;
 * then one post. A frame that is not accepted is not forwarded, and its sender is told or closed, never left in doubt.
 */
import { deliverOrCut, hangUp } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import { sideOf } from './arrival.ts';
import { type Ending, endSession } from './ending.ts';
import type { PeerSession, Place, Reason } from './ports.ts';

/** What one session may use up; undefined where that is not bounded. */
export interface PeerLimits {
  /** Both ways together. */
  readonly bytes?: number | undefined;
  readonly seconds?: number | undefined;
  /** In the mean, since it was paired. */
  readonly framesPerSecond?: number | undefined;
}

export interface Forwarding extends Ending {
  readonly peerLimits: PeerLimits;
}

/** What is said to a peer that speaks before there is another. */
export const NO_PEER = JSON.stringify({ type: 'error', error: 'no_peer' });

/** So many frames may come at once, however short the session has been. */
const BURST_SECONDS = 10;

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
  const session = await relay.sessions.count(place, connection, frame);
  if (!session) return refuse(relay, place, connection);
  const beyond = exceeded(relay.peerLimits, session, at);
  if (beyond) {
    await endSession(relay, session, beyond);
    return;
  }
  const other = place.side === 'client' ? session.server : session.client;
  if (!other) throw new Error('a paired session has no other peer');
  // A post that may have arrived is not repeated: a frame must not come twice.
  const subscription = { connection: other.connection, at: other.at, fed: true };
  const isSent = await deliverOrCut(relay, undefined, subscription, [text], at + limits.fanOutMs);
  if (!isSent) await endSession(relay, session, 'undelivered');
}

async function refuse(
  relay: Forwarding,
  { session: id, instance }: Place,
  connection: string,
): Promise<void> {
  const found = await relay.sessions.get(id);
  const isIn = found?.instance === instance && !found.ended && sideOf(found, connection) !== undefined;
  const target = { connection, at: 0 };
  const deadline = relay.clock.now() + limits.closeMs;
  if (isIn) await deliverOrCut(relay, undefined, target, [NO_PEER], deadline);
  else await hangUp(relay, target, deadline);
}

function exceeded(
  { bytes, seconds, framesPerSecond }: PeerLimits,
  session: PeerSession,
  now: number,
): Reason | undefined {
  const lasted = (now - (session.pairedAt ?? now)) / 1_000;
  if (bytes !== undefined && session.bytes.client + session.bytes.server > bytes) return 'bytes';
  if (seconds !== undefined && lasted > seconds) return 'seconds';
  if (framesPerSecond !== undefined && session.frames > framesPerSecond * (lasted + BURST_SECONDS))
    return 'frames';
  return undefined;
}
