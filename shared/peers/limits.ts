/** What a session may use up, as bounds of its own item, so that the very write that counts a frame refuses one too many. */
import type { Frame, PeerLimits, PeerSession, Reason } from './ports.ts';

/** So many seconds' frames may come at once, however short the session has been. */
const BURST_MS = 10_000;

export interface Bounds {
  /** Most bytes that have been counted before, both ways together. */
  readonly bytes?: number;
  /** It was paired then at the earliest, epoch milliseconds. */
  readonly pairedAt?: number;
  /** The frames before, each of which takes `frameMs` of the time since it was paired, have used it up to here at the most. */
  readonly spentUntil?: number;
  readonly frameMs: number;
}

/** What must hold of a session for a frame to be accepted. */
export function boundsOf(
  { bytes, seconds, framesPerSecond }: PeerLimits,
  frame: Pick<Frame, 'bytes' | 'at'>,
): Bounds {
  return {
    ...(bytes !== undefined && { bytes: bytes - frame.bytes }),
    ...(seconds !== undefined && { pairedAt: frame.at - seconds * 1_000 }),
    ...(framesPerSecond !== undefined && { spentUntil: frame.at + BURST_MS }),
    // Thousandths of a millisecond: a sum of rounded numbers must not drift from what it is the sum of.
    frameMs: framesPerSecond === undefined ? 0 : Math.round(1_000_000 / framesPerSecond) / 1_000,
  };
}

/** Which of its limits a session would be beyond with this frame. */
export function exceeded(
  limits: PeerLimits,
  { bytes, pairedAt = 0, spentUntil = 0 }: Pick<PeerSession, 'bytes' | 'pairedAt' | 'spentUntil'>,
  frame: Pick<Frame, 'bytes' | 'at'>,
): Reason | undefined {
  const bounds = boundsOf(limits, frame);
  if (bounds.bytes !== undefined && bytes.client + bytes.server > bounds.bytes) return 'bytes';
  if (bounds.pairedAt !== undefined && pairedAt < bounds.pairedAt) return 'seconds';
  if (bounds.spentUntil !== undefined && spentUntil > bounds.spentUntil) return 'frames';
  return undefined;
}
