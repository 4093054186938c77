/** What a session says of itself: who is where in it, and whether it should be over. */
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import type { PeerLimits, PeerSession, Reason, Side } from './ports.ts';

/** What bounds a session in time. */
export interface Bounded {
  readonly clock: Clock;
  /** How long a session may be quiet, or wait for its second peer, milliseconds. */
  readonly timeoutMs: number;
  readonly peerLimits: PeerLimits;
}

/** Whoever ends a session is done with it after this time, or dead, milliseconds. */
const ENDING_MS = 10_000;

export function sideOf({ client, server }: PeerSession, connection: string): Side | undefined {
  if (client.connection === connection) return 'client';
  return server?.connection === connection ? 'server' : undefined;
}

/** Why a session should have ended by now. */
export function overdue(
  { clock, timeoutMs, peerLimits: { seconds } }: Bounded,
  { client, server, lastAt, pairedAt }: PeerSession,
): Reason | undefined {
  const now = clock.now();
  if (seconds !== undefined && pairedAt !== undefined && now - pairedAt > seconds * 1_000) return 'seconds';
  if ([client, server].some((peer) => peer?.until !== undefined && peer.until <= now)) return 'expired';
  if (now - lastAt < timeoutMs) return undefined;
  return server ? 'idle' : 'alone';
}

/** Whether whoever ended it has died over it. */
export function isLeftOver(
  { clock }: Pick<Bounded, 'clock'>,
  { ended }: Pick<PeerSession, 'ended'>,
): boolean {
  return ended !== undefined && clock.now() - ended.since >= ENDING_MS;
}

/** Until `$connect` has come to its end, the platform answers for a connection as for one that is gone. */
export function isYoung({ clock }: Pick<Bounded, 'clock'>, { at }: { readonly at: number }): boolean {
  return clock.now() - at < limits.connectSeconds * 1_000;
}
