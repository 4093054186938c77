/** What the conformance of stores is tested on, and what its tests use once: each has channels and connections of its own. */
import type { Connections, EventLog, Membership, Places, Revocable } from '../../../shared/core/ports.ts';
import type { Revocations } from '../../../shared/core/revoke.ts';
import type { RoomConnections, Sessions } from '../../../shared/rooms/ports.ts';

export interface RoomStore {
  readonly log: EventLog;
  readonly connections: Connections;
  readonly rooms: RoomConnections;
  readonly sessions: Sessions;
  /** Epoch milliseconds of the store's own clock. */
  readonly now: () => number;
  /** Moves that clock on. */
  readonly pass: (ms: number) => void;
}

export interface Store extends RoomStore {
  readonly membership: Membership;
  readonly places: Places;
  readonly tokens: Revocable;
  readonly revocations: Revocations;
  /** The id of a new token that opens something. */
  readonly issue: () => Promise<string>;
}

let channels = 0;
export const newChannel = (): string => {
  channels += 1;
  return `tenant:conformance-${channels}`;
};

let used = 0;
/** The id of a connection or a session that no other test has. */
export const newId = (): string => {
  used += 1;
  return `rooms-${used}=`;
};

/** A connection of rooms that has arrived; its id. */
export async function arrived(store: RoomStore): Promise<string> {
  const id = newId();
  await store.rooms.put({ id, at: store.now(), asked: [] });
  return id;
}
