/**
 * The lease on a socket.io connection: whoever holds it is alone in feeding it, and in joining and leaving its rooms. It is short, and
 * renewed by a holder who takes longer: one that has died loses it by time, and until then the socket is quiet. What a dead holder
 * did is not known, so the socket is closed.
 */
import { cutOff, type Delivery } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import type { Position, RoomConnection, RoomConnections } from './ports.ts';

export interface Leasing extends Delivery {
  readonly rooms: RoomConnections;
}

export interface Held {
  readonly connection: RoomConnection;
  readonly by: string;
  readonly positions: Map<string, Position>;
  /** When it must be over, epoch milliseconds. */
  readonly deadline: number;
  /** When the lease ends, unless it is renewed, epoch milliseconds. */
  until: number;
}

const LEASE_MS = 12_000;
/** What must be left of it for a post, milliseconds: longer than one may take. */
const MARGIN_MS = 6_000;

/** `held`: by somebody else; `gone`: there is no such connection; `lost`: its last holder had died, and it was closed. */
export async function hold(
  relay: Leasing,
  id: string,
  by: string,
  deadline: number,
): Promise<Held | 'held' | 'gone' | 'lost'> {
  const until = leaseEnd(relay);
  const found = await relay.rooms.hold(id, by, until);
  if (found === 'held' || found === 'gone') return found;
  if (found !== 'lapsed') {
    return { connection: found, by, positions: new Map(found.positions), deadline, until };
  }
  await cutOff(relay, undefined, { connection: id, at: 0 }, 'cut', relay.clock.now());
  return 'lost';
}

/** Makes sure that the lease lasts for what comes next; false where the connection is gone. */
export async function renew(relay: Leasing, held: Held): Promise<boolean> {
  if (held.until - relay.clock.now() >= MARGIN_MS) return true;
  const until = leaseEnd(relay);
  // Nobody else can have had it in between: whoever finds a lease that has ended closes the socket.
  const found = await relay.rooms.hold(held.connection.id, held.by, until);
  if (typeof found === 'string') return false;
  held.until = until;
  return true;
}

/** When a lease ends that is taken now. */
export function leaseEnd({ clock }: Delivery): number {
  return clock.now() + LEASE_MS;
}

/** When a hold that begins now has to be over. */
export function holdDeadline({ clock }: Delivery): number {
  return clock.now() + limits.fanOutMs;
}
