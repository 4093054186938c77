/**
 * A peer arrives: the first opens the session, the second completes it, and there is no third. Each slot is taken by one conditional
 * write, so of those that come at the same instant exactly two are paired.
 *
 * A slot may be held by somebody who is not there: whose handshake failed after all, or who left without a word. It is looked after
 * once there is no room for somebody who is, and not before a connect can have come to its end (until then the platform answers
 * for every connection as for one that is gone). Who never sent anything is replaced; with anybody else the session has ended.
 */
import { RelayError } from '../core/errors.ts';
import { type Ending, endSession, finish } from './ending.ts';
import type { Peer, PeerSession, Place } from './ports.ts';
import { type Bounded, isLeftOver, isYoung, overdue, sideOf } from './session.ts';

export interface Arriving extends Ending, Bounded {}

export type Arrived = Pick<Place, 'instance' | 'side'>;

/** `cleared`: a session that stood in the way has been ended; `again`: something has changed meanwhile. */
type Attempt = Arrived | 'cleared' | 'again';

/** How long somebody waits for a session that has just ended to be cleared away, milliseconds. */
const CLEARING_MS = 1_500;

/** Throws a 409 where both slots are taken, and a 403 where the other peer came with the same token and no two may. */
export async function arrive(relay: Arriving, id: string, peer: Peer): Promise<Arrived> {
  let end = relay.clock.now() + CLEARING_MS;
  for (let pause = 20; ; pause = Math.min(pause * 2, 200)) {
    const arrived = await tryToArrive(relay, id, peer);
    if (typeof arrived === 'object') return arrived;
    // However long that took, there is room now.
    if (arrived === 'cleared') end = relay.clock.now() + CLEARING_MS;
    if (relay.clock.now() + pause > end) throw conflict();
    await relay.clock.sleep(pause);
  }
}

async function tryToArrive(relay: Arriving, id: string, peer: Peer): Promise<Attempt> {
  const { sessions } = relay;
  const instance = relay.draw();
  if (await sessions.open(id, instance, peer)) return { instance, side: 'client' };
  const found = await sessions.get(id);
  if (!found) return 'again';
  // An attempt before this one whose answer was lost.
  const own = sideOf(found, peer.connection);
  if (own) return { instance: found.instance, side: own };
  if (found.ended) {
    if (!isLeftOver(relay, found)) return 'again';
    await finish(relay, found);
    return 'cleared';
  }
  const over = overdue(relay, found);
  if (over) {
    await endSession(relay, found, over);
    return 'cleared';
  }
  return found.server ? makeRoom(relay, found, peer) : complete(relay, found, peer);
}

async function complete(relay: Arriving, found: PeerSession, peer: Peer): Promise<Attempt> {
  const { id, instance, client } = found;
  if (hasSameToken(peer, client)) {
    // It may be an earlier attempt of the same peer, whose handshake failed.
    if (!(await isAbsent(relay, client))) throw sameToken();
    await endSession(relay, found, 'gone', client.connection);
    return 'cleared';
  }
  return (await relay.sessions.pair(id, instance, peer)) ? { instance, side: 'server' } : 'again';
}

/** Both slots are taken; by somebody who is there? */
async function makeRoom(relay: Arriving, found: PeerSession, peer: Peer): Promise<Attempt> {
  for (const side of ['client', 'server'] as const) {
    const absent = found[side];
    if (!absent || !(await isAbsent(relay, absent))) continue;
    if (found.bytes[side] > 0) {
      await endSession(relay, found, 'gone', absent.connection);
      return 'cleared';
    }
    if (hasSameToken(peer, side === 'client' ? found.server : found.client)) throw sameToken();
    const isReplaced = await relay.sessions.replace(found.id, found.instance, side, absent.connection, peer);
    return isReplaced ? { instance: found.instance, side } : 'again';
  }
  throw conflict();
}

async function isAbsent(relay: Arriving, peer: Peer): Promise<boolean> {
  return !isYoung(relay, peer) && (await relay.sockets.isOpen(peer.connection)) === 'gone';
}

function hasSameToken({ token }: Peer, other: Peer | undefined): boolean {
  return token !== undefined && token === other?.token;
}

function sameToken(): RelayError {
  const message = 'has been shown by the other peer';
  return new RelayError('forbidden', `The token ${message}.`, [{ field: 'query token', message }]);
}

function conflict(): RelayError {
  return new RelayError('conflict', 'Two peers are in this session already.');
}
