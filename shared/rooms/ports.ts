/** What socket.io's rooms need from the world, beyond the ports of the engine. Every method is one call. */
import type { Cursor } from '../core/cursor.ts';
import type { Connection } from '../core/ports.ts';

/** Where a client that recovers stands in one of its channels. */
export interface Place {
  /** The last event before those that are owed to it: the head when it joined, or what it asked to go on after. */
  readonly since: Cursor;
  /** The last event that it has had, or that is not for it. */
  readonly at: Cursor;
}

export type Places = ReadonlyMap<string, Place>;

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
  readonly places: Places;
  /** How often its feeder was told that there is more. */
  readonly news: number;
}

/** What a client's CONNECT changes of its connection. */
export interface Acceptance {
  readonly sid: string;
  readonly grant: Grant;
  /** Where it recovers: its session. */
  readonly session?: string;
  /** Who feeds it from here on, until when at the most (epoch milliseconds). */
  readonly hold?: { readonly by: string; readonly until: number };
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
   * Takes the feeding upon itself. `held`: somebody else has it; `lapsed`: somebody had it, and has died; `gone`: there is no such
   * connection. A repeat by the same is taken.
   */
  hold(id: string, by: string, until: number): Promise<RoomConnection | 'held' | 'lapsed' | 'gone'>;
  /** Tells whoever has the feeding that there is more; false where nobody has it at this moment. */
  tell(id: string): Promise<boolean>;
  /**
   * Gives the feeding back, with where the client stands now. Where there was more news than `news`, it is kept instead, and the
   * count of news is the answer. `gone`: the connection is.
   */
  letGo(id: string, by: string, places: Places, news: number): Promise<'let-go' | 'gone' | number>;
}

/** What a client comes back to that lost its connection: in which channels it was, each since when. */
export interface Session {
  readonly connection: string;
  readonly since: ReadonlyMap<string, Cursor>;
}

/** Where the rooms of a session begin. */
export function sinceOf(places: Places): ReadonlyMap<string, Cursor> {
  return new Map([...places].map(([channel, { since }]) => [channel, since]));
}

export interface Sessions {
  get(id: string): Promise<Session | undefined>;
  put(id: string, session: Session): Promise<void>;
  /** The same, where the session is still that of this connection; false where its client has come back with another. */
  update(id: string, session: Session): Promise<boolean>;
  delete(id: string): Promise<void>;
}
