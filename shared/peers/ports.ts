/**
 * What peer sessions need from the world. A session is one item: two slots, what went through it, its end. Every method is one
 * call that either took effect or did not, and is made again without harm.
 */

/** Who came first is the client, who came second the server. Who takes the slot of one that is not there is on its side. */
export type Side = 'client' | 'server';

export interface Peer {
  readonly connection: string;
  /** When it took its slot, epoch milliseconds. */
  readonly at: number;
  /** When its token ends, epoch milliseconds. */
  readonly until?: number | undefined;
  /** What its token is known by, where no other peer may come with the same. */
  readonly token?: string | undefined;
}

/** Why a session has ended; `alone`: no second peer came, `undelivered`: a frame that may have arrived or not. */
export type Reason =
  | 'left'
  | 'gone'
  | 'idle'
  | 'alone'
  | 'expired'
  | 'bytes'
  | 'seconds'
  | 'frames'
  | 'undelivered';

/** A session's end, and who carries it out. */
export interface End {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly reason: Reason;
  readonly by: string;
  /** Since when they have been at it, epoch milliseconds. */
  readonly since: number;
}

export interface PeerSession {
  readonly id: string;
  /** Tells it from those that had its id before, and will have it. */
  readonly instance: string;
  readonly client: Peer;
  readonly server?: Peer | undefined;
  /** When both slots were taken, epoch milliseconds. */
  readonly pairedAt?: number | undefined;
  /** When it was opened, or a frame was last accepted, epoch milliseconds. */
  readonly lastAt: number;
  /** UTF-8 bytes of the frames accepted from each side. */
  readonly bytes: Readonly<Record<Side, number>>;
  readonly frames: number;
  /** From when it was paired on, each frame has taken its share of the time, up to here, epoch milliseconds. */
  readonly spentUntil?: number | undefined;
  /** There where nothing is accepted any more. */
  readonly ended?: End | undefined;
}

/** What one session may use up; undefined where that is not bounded. */
export interface PeerLimits {
  /** Both ways together. */
  readonly bytes?: number | undefined;
  /** Since it was paired. */
  readonly seconds?: number | undefined;
  /** In the mean, since it was paired. */
  readonly framesPerSecond?: number | undefined;
}

/** Where a connection belongs. */
export interface Place {
  readonly session: string;
  readonly instance: string;
  readonly side: Side;
}

export interface Frame {
  /** Names the frame: the same one is counted once. */
  readonly by: string;
  /** UTF-8 bytes. */
  readonly bytes: number;
  /** When it came, epoch milliseconds. */
  readonly at: number;
}

export interface PeerSessions {
  get(id: string): Promise<PeerSession | undefined>;
  /** Opens a session for its first peer; false where there is one of that id. */
  open(id: string, instance: string, client: Peer): Promise<boolean>;
  /** Takes the second slot; false where it is taken, or the session is another by now, or has ended. */
  pair(id: string, instance: string, server: Peer): Promise<boolean>;
  /** Takes the slot of a peer that is not there; false where somebody else has it by now, or the session has ended. */
  replace(id: string, instance: string, side: Side, absent: string, peer: Peer): Promise<boolean>;
  /**
   * Accepts a frame of this connection, and returns the session as it is then; undefined where that is not paired, has ended, is not
   * this connection's, or would be beyond its limits with this frame.
   */
  count(place: Place, connection: string, frame: Frame, limits: PeerLimits): Promise<PeerSession | undefined>;
  /**
   * Ends the session, once; its final figures for whoever has ended it. Undefined where somebody else has, or it is another session by
   * now, or was to be `alone` and is not.
   */
  end(id: string, instance: string, end: End): Promise<PeerSession | undefined>;
  /** Takes what is left to be done for a session that has ended from somebody who has died over it; false where it is another's. */
  inherit(id: string, instance: string, from: string, to: Pick<End, 'by' | 'since'>): Promise<boolean>;
  /** Forgets a session that has ended, so that its id is free. */
  remove(id: string, instance: string): Promise<void>;
}

/** A socket of a peer, with the session that it came for; written before it has a slot there. */
export interface PeerConnection {
  readonly id: string;
  readonly session: string;
  readonly at: number;
}

export interface PeerConnections {
  put(connection: PeerConnection): Promise<void>;
  get(id: string): Promise<PeerConnection | undefined>;
  delete(id: string): Promise<void>;
  /** Every connection of one partition. */
  inPartition(partition: number): AsyncIterable<PeerConnection>;
}
