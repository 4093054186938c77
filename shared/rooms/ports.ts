/** What socket.io's rooms need from the world, beyond the ports of the engine. Every method is one call. */
import type { Cursor } from '../core/cursor.ts';
import type { Connection } from '../core/ports.ts';

/** Where a client that recovers stands in one of its channels. */
export interface Position {
  /** The last event before those that are owed to it: the head when it joined, or what it asked to go on after. */
  readonly since: Cursor;
  /** The last event that it has had, or that is not for it. */
  readonly at: Cursor;
}

export type Positions = ReadonlyMap<string, Position>;

/** What a client may join. */
export interface Grant {
  /** Names of channels as a client token has them; undefined where no token is needed. */
  readonly channels?: readonly string[] | undefined;
  /** When it ends, epoch milliseconds. */
  readonly until?: number | undefined;
}

/** A socket that speaks socket.io. */
export interface RoomConnection extends Connection {
  /** Channels that its handshake asked for. */
  readonly asked: readonly string[];
  /** There where the handshake showed a token, or the client's CONNECT was accepted. */
  readonly grant?: Grant | undefined;
  /** Id of its connection to the namespace, once the client has that. */
  readonly sid?: string | undefined;
  /** Its session, where it recovers: its events are fed to it from the log, by one at a time. */
  readonly session?: string | undefined;
  readonly positions: Positions;
  /** The newest of what its client wished of a channel, by the stamp that `wish` was given. */
  readonly wishOf: (channel: string) => number | undefined;
}

/** What a client's CONNECT changes of its connection. */
export interface Acceptance {
  readonly sid: string;
  readonly grant: Grant;
  /** Where it recovers: its session. */
  readonly session?: string;
  /** Who holds it from here on, until when at the most (epoch milliseconds). */
  readonly hold: { readonly by: string; readonly until: number };
}

export interface RoomConnections {
  put(connection: Pick<RoomConnection, 'id' | 'at' | 'asked' | 'grant'>): Promise<void>;
  get(id: string): Promise<RoomConnection | undefined>;
  /** False where it is connected already, or gone. A repeat of the same counts as done. */
  accept(id: string, acceptance: Acceptance): Promise<boolean>;
  /** Notes that it is in a channel; false where it is in `most` others already, or gone. */
  addChannel(id: string, channel: string, most: number): Promise<boolean>;
  /** Nothing happens where the connection is gone. */
  removeChannel(id: string, channel: string): Promise<void>;
  /**
   * Notes that its client wishes to join or leave a channel; a higher stamp is the later wish. `older`: a later one is known;
   * `full`: it has wished something of `most` other channels. A repeat of the same counts as noted.
   */
  wish(
    id: string,
    channel: string,
    stamp: number,
    most: number,
  ): Promise<'noted' | 'older' | 'full' | 'gone'>;
  /**
   * Takes the lease on it. `held`: somebody else has it; `lapsed`: somebody had it, and has died; `gone`: there is no such
   * connection. A repeat by the same is taken.
   */
  hold(id: string, by: string, until: number): Promise<RoomConnection | 'held' | 'lapsed' | 'gone'>;
  /** Tells whoever has the lease that there is more in these channels; false where nobody has it at this moment. */
  tell(id: string, channels: readonly string[]): Promise<boolean>;
  /** Gives the lease back, with where the client stands now. `told`: not yet, there is more; `gone`: the connection is. */
  letGo(id: string, by: string, positions: Positions): Promise<'let-go' | 'told' | 'gone'>;
  /** The channels that its holder was told of, which are then forgotten; undefined where they may be any. */
  takeTold(id: string, by: string): Promise<ReadonlySet<string> | undefined>;
}

/** What a client comes back to that lost its connection: its name, and in which channels it was, each since when. */
export interface Session {
  readonly connection: string;
  readonly sid: string;
  readonly since: ReadonlyMap<string, Cursor>;
}

/** Where the channels of a session begin. */
export function sinceOf(positions: Positions): ReadonlyMap<string, Cursor> {
  return new Map([...positions].map(([channel, { since }]) => [channel, since]));
}

export interface Sessions {
  get(id: string): Promise<Session | undefined>;
  /** Writes a session that nobody else knows yet. */
  create(id: string, session: Session): Promise<void>;
  /** False where the session is neither this connection's nor that of `before`: its client has come back with another. */
  update(id: string, session: Session, before?: string): Promise<boolean>;
  /** Nothing happens where the session is another connection's. */
  delete(id: string, connection: string): Promise<void>;
}
