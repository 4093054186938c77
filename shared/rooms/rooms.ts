/** What a socket.io conversation needs of the relay. */
import type { Starting } from '../core/start.ts';
import type { Feeding } from './feed.ts';
import type { MayJoin } from './grant.ts';
import type { Grant, RoomConnections, Sessions } from './ports.ts';

export interface Rooms extends Starting, Feeding {
  readonly rooms: RoomConnections;
  readonly sessions: Sessions;
  /** The channel that a room is; undefined for what is none. */
  readonly channelOf: (room: string) => string | undefined;
  /** What a token opens; throws a RelayError where one is needed and this is none. */
  readonly admit: (token: string | undefined) => Promise<Grant>;
  readonly mayJoin: MayJoin;
  /** A name that nobody else has, and nobody can guess. */
  readonly draw: () => string;
  /** Told of a client that has to go because of what it sent. */
  readonly onMalformed: (connection: string, reason: string) => void;
}
