/**
 * What the engine needs from the world, written from the engine's need. Every method is one call that either took
 * effect or did not; the order of the calls, and what a crash between two of them means, is the engine's business.
 */

/** The last number of a channel and the version of its membership, read in one item so that they form one seam. */
export interface Head {
  /** Identity of the channel's numbering; a new one starts when the channel was forgotten. */
  readonly epoch: string;
  /** Last number given out; 0 when there was none. */
  readonly seq: number;
  /** When the epoch began, epoch milliseconds. */
  readonly since: number;
  /** Version of the membership: goes up with every subscription made or ended. */
  readonly subs: number;
}

/** One write-once log item: the events of one publish. `null` is a void: a number that carries no event. */
export interface Slot {
  readonly first: number;
  readonly events: readonly (string | null)[];
}

/** Which number a named event holds. */
export interface Claim {
  readonly epoch: string;
  /** First number and length of the slot that the event is in. */
  readonly first: number;
  readonly size: number;
  readonly seq: number;
  /** The event reached its clients and its sender can be told so. */
  readonly done: boolean;
}

export interface EventLog {
  /** How long a channel's events are kept, milliseconds. */
  retentionMs(channel: string): number;
  /** Adds `count` numbers to the channel; the new head. Starts an epoch where there is none. */
  advance(channel: string, count: number): Promise<Head>;
  head(channel: string): Promise<Head | undefined>;
  /** Writes the slot if its first number is still free. A repeat of the same write counts as written. */
  putSlot(channel: string, epoch: string, slot: Slot): Promise<boolean>;
  /** Whether an epoch, as a client's cursor names it, is one of this channel's. */
  owns(channel: string, epoch: string): boolean;
  /** Whether a slot that begins at or before this number is within the retention time, so that it and all later ones are there. */
  reaches(channel: string, epoch: string, seq: number): Promise<boolean>;
  /** The slots whose first number is in [from, to], in order; at most about 1 MB, so possibly fewer. */
  slots(channel: string, epoch: string, from: number, to: number): Promise<readonly Slot[]>;
  /** The last slot whose first number is <= seq. */
  slotAt(channel: string, epoch: string, seq: number): Promise<Slot | undefined>;
  /** Takes the name if it is free, expired or of another epoch; else tells who holds it. */
  claim(channel: string, name: string, claim: Claim): Promise<Claim | 'claimed'>;
  /** Moves the name to another number if it still holds `from` and is not done. */
  moveClaim(channel: string, name: string, from: Claim, to: Claim): Promise<boolean>;
  settleClaim(channel: string, name: string, claim: Claim): Promise<void>;
}

/** What a client showed to be let in, where that can end before its connection does. */
export interface Credential {
  /** Id of the token, where that can be revoked. */
  readonly token?: string | undefined;
  /** When it expires, epoch milliseconds. */
  readonly until?: number | undefined;
}

/** Tokens that can be revoked. */
export interface Revocable {
  /** Whether the token opens anything at this moment; strongly consistent. */
  isActive(token: string): Promise<boolean>;
}

/** A connection's right to a channel's events from a moment on. */
export interface Subscription {
  readonly connection: string;
  /** When it was made, epoch milliseconds. */
  readonly at: number;
  /** Its client is still being given what it missed; what comes live has to wait for that. */
  readonly starting?: boolean;
  /** It gets each event once, from the log and from one hand at a time; a post must not be repeated that may have arrived. */
  readonly fed?: boolean;
  readonly credential?: Credential | undefined;
}

export interface Membership {
  put(channel: string, subscription: Subscription): Promise<void>;
  get(channel: string, connection: string): Promise<Subscription | undefined>;
  /** Takes the mark of a start off; false when the subscription has ended meanwhile, and then it stays ended. */
  release(channel: string, connection: string): Promise<boolean>;
  delete(channel: string, connection: string): Promise<void>;
  /** Raises the membership's version; the seam after which publishes see the change. */
  bump(channel: string): Promise<Head>;
  /** Everybody who is subscribed, strongly consistent. */
  list(channel: string): Promise<readonly Subscription[]>;
}

/** How a client speaks: events alone, the protocol with its ready frame and heartbeats, or socket.io with its rooms. */
export const dialects = ['plain', 'relay.v1', 'socket.io'] as const;

export type Dialect = (typeof dialects)[number];

/** One socket, with what it is subscribed to, so that its departure can be carried out. */
export interface Connection {
  readonly id: string;
  readonly at: number;
  readonly channels: readonly string[];
  readonly dialect: Dialect;
  /** The cursor that its handshake asked to resume after. */
  readonly after?: string | undefined;
  /** Whether it has all that it is owed; one that stays behind is closed by the minute's pass. */
  readonly live: boolean;
  readonly credential?: Credential | undefined;
  /** Somebody feeds it, and is done or dead by then, epoch milliseconds. */
  readonly heldUntil?: number | undefined;
}

export interface Connections {
  put(connection: Connection): Promise<void>;
  /**
   * Takes what follows the handshake upon itself; undefined when somebody else has, or when the connection is gone.
   * `by`: who it is, so that a repeat of the same write is no refusal.
   */
  start(id: string, by: string): Promise<Connection | undefined>;
  /** Says whether a connection has all that it is owed; a connection that is gone stays gone. */
  setLive(id: string, live: boolean): Promise<void>;
  get(id: string): Promise<Connection | undefined>;
  delete(id: string): Promise<void>;
  /** Every connection of one partition, expired ones included. */
  inPartition(partition: number): AsyncIterable<Connection>;
}

/**
 * What a post to a socket came to. `busy` is a throttle or a full buffer, `failed` anything that may pass, `refused` what a
 * repeat cannot change: a frame too large, an id or an endpoint that the gateway will not hear of.
 */
export type PostResult = 'sent' | 'gone' | 'busy' | 'failed' | 'refused';

export interface Sockets {
  post(connection: string, frame: string): Promise<PostResult>;
  isOpen(connection: string): Promise<'open' | 'gone' | 'unknown'>;
  /** Closes the socket; `gone` where there is none, or none yet. */
  close(connection: string): Promise<'closed' | 'gone' | 'failed' | 'refused'>;
}

export interface Lease {
  /** When it ends, epoch milliseconds. */
  readonly until: number;
  /** Whose stream it is for, where users are told apart. */
  readonly user?: string | undefined;
}

/** Numbered places, each held by one at a time and until a moment that is fixed when it is taken. */
export interface Places {
  /** The places that are held; strongly consistent. */
  held(): Promise<ReadonlyMap<number, Lease>>;
  /** Takes the place if it is free or its lease has ended. A repeat by the same holder counts as taken. */
  take(place: number, holder: string, lease: Lease): Promise<boolean>;
  /** Frees the place if this holder still has it. */
  free(place: number, holder: string): Promise<void>;
}

/**
 * What is counted. `accepted`: events that got a place in the log; `repeated`: those whose name already had one, or that
 * came twice in one POST; `delivered`: frames posted; `gone`: connections found dead; `throttled`: posts answered `busy`;
 * `retried`: posts made again.
 */
export type Counted = 'accepted' | 'repeated' | 'delivered' | 'gone' | 'throttled' | 'retried';

/** Takes figures. It can neither fail nor be waited for, so that measuring costs a publish nothing. */
export interface Meter {
  count(what: Counted, by?: number): void;
  /** From the moment a publish began to the last client of one channel that got all of it, milliseconds. */
  deliveryMs(ms: number): void;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(ms: number): Promise<void>;
}
