/**
 * A peer arrives: the first opens the session, the second completes it, and there is no third. Each slot is taken by one conditional
 * write, so of those that come at the same instant exactly two are paired.
 *
 * A slot may be held by somebody who is not there: whose handshake failed after all, or who left without a word. It is looked after
 * once there is no room for somebody who is, and not before a connect can have come to its end (until then the platform answers
 * for every connection as for one that is gone). Who never sent anything is replaced; with anybody else the session has ended.
 */
import { RelayError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { type Ending, endSession, finish, isLeftOver } from './ending.ts';
import type { Peer, PeerLimits, PeerSession, Place, Reason, Side } from './ports.ts';

export interface Arriving extends Ending {
  /** How long a session may be quiet, or wait for its second peer, milliseconds. */
  readonly timeoutMs: number;
  readonly peerLimits: PeerLimits;
}

export type Arrived = Pick<Place, 'instance' | 'side'>;

/** How long somebody waits for a session that has just ended to be cleared away, milliseconds. */
const CLEARING_MS = 1_500;

/** Throws a 409 where both slots are taken, and a 403 where the other peer came with the same token and no two may. */
export async function arrive(relay: Arriving, id: string, peer: Peer): Promise<Arrived> {
  const end = relay.clock.now() + CLEARING_MS;
  for (let pause = 20; ; pause = Math.min(pause * 2, 200)) {
    const arrived = await tryToArrive(relay, id, peer);
    if (arrived !== 'again') return arrived;
    if (relay.clock.now() + pause > end) throw conflict();
    await relay.clock.sleep(pause);
  }
}

async function tryToArrive(relay: Arriving, id: string, peer: Peer): Promise<Arrived | 'again'> {
  const { sessions } = relay;
  const instance = relay.draw();
  if (await sessions.open(id, instance, peer)) return { instance, side: 'client' };
  const found = await sessions.get(id);
  if (!found) return 'again';
  // An attempt before this one whose answer was lost.
  const own = sideOf(found, peer.connection);
  if (own) return { instance: found.instance, side: own };
  if (found.ended) {
    if (isLeftOver(relay, found)) await finish(relay, found);
    return 'again';
  }
  const over = overdue(relay, found);
  if (over) {
    await endSession(relay, found, over);
    return 'again';
  }
  if (!found.server) {
    requireOther(peer, found.client);
    const isPaired = await sessions.pair(id, found.instance, peer);
    return isPaired ? { instance: found.instance, side: 'server' } : 'again';
  }
  return makeRoom(relay, found, peer);
}

/** Both slots are taken; by somebody who is there? */
async function makeRoom(relay: Arriving, found: PeerSession, peer: Peer): Promise<Arrived | 'again'> {
  for (const side of ['client', 'server'] as const) {
    const other = found[side];
    if (!other || !(await isAbsent(relay, other))) continue;
    if (found.bytes[side] > 0) {
      await endSession(relay, found, 'gone', other.connection);
      return 'again';
    }
    requireOther(peer, side === 'client' ? found.server : found.client);
    const isReplaced = await relay.sessions.replace(found.id, found.instance, side, other.connection, peer);
    return isReplaced ? { instance: found.instance, side } : 'again';
  }
  throw conflict();
}

async function isAbsent({ clock, sockets }: Arriving, { connection, at }: Peer): Promise<boolean> {
  if (clock.now() - at < limits.connectSeconds * 1_000) return false;
  return (await sockets.isOpen(connection)) === 'gone';
}

function requireOther({ token }: Peer, other: Peer | undefined): void {
  if (token === undefined || token !== other?.token) return;
  const message = 'has been shown by the other peer';
  throw new RelayError('forbidden', `The token ${message}.`, [{ field: 'query token', message }]);
}

/** Why a session should have ended by now. */
export function overdue(
  { clock, timeoutMs, peerLimits: { seconds } }: Pick<Arriving, 'clock' | 'timeoutMs' | 'peerLimits'>,
  { client, server, lastAt, pairedAt }: PeerSession,
): Reason | undefined {
  const now = clock.now();
  if (seconds !== undefined && pairedAt !== undefined && now - pairedAt > seconds * 1_000) return 'seconds';
  if ([client, server].some((peer) => peer?.until !== undefined && peer.until <= now)) return 'expired';
  if (now - lastAt < timeoutMs) return undefined;
  return server ? 'idle' : 'alone';
}

export function sideOf({ client, server }: PeerSession, connection: string): Side | undefined {
  if (client.connection === connection) return 'client';
  return server?.connection === connection ? 'server' : undefined;
}

function conflict(): RelayError {
  return new RelayError('conflict', 'Two peers are in this session already.');
}
