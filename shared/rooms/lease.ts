/**
 * The lease on a socket.io connection: whoever holds it is alone in feeding it, and in joining and leaving its rooms. A holder
 * that has died, or hangs, loses it by time; what it did is not known then, and the socket is closed.
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
}

/** From the last moment of a hold to its lease's end, milliseconds: longer than a post that is under way may take. */
const MARGIN_MS = 6_000;

/** `held`: by somebody else; `gone`: there is no such connection; `lost`: its last holder had died, and it was closed. */
export async function hold(
  relay: Leasing,
  id: string,
  by: string,
  deadline: number,
): Promise<Held | 'held' | 'gone' | 'lost'> {
  const found = await relay.rooms.hold(id, by, untilOf(deadline));
  if (found === 'held' || found === 'gone') return found;
  if (found !== 'lapsed') return { connection: found, by, positions: new Map(found.positions), deadline };
  await cutOff(relay, undefined, { connection: id, at: 0 }, 'cut', relay.clock.now());
  return 'lost';
}

/** When the lease of a hold ends. */
export function untilOf(deadline: number): number {
  return deadline + MARGIN_MS;
}

/** When a hold that begins now has to be over. */
export function holdDeadline({ clock }: Delivery): number {
  return clock.now() + limits.fanOutMs;
}
