/** What the bridge needs from the world: a broker, a lease on its work, a place to note what it cannot have heard. */

/** One message of the broker. */
export interface Message {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Where the broker keeps its messages: what this one is called there, the same each time that it comes. */
  readonly name?: string;
  /** To be called once it is published, or is none to be published. */
  settled(): void;
}

/** How far a stream of the broker has been published, without a hole. */
export interface StreamPosition {
  /** Identity of the stream: another one of the same name counts anew. */
  readonly stream: string;
  readonly seq: number;
}

/** Messages that come in, until it has ended. */
export interface Source {
  /** A broker that keeps no messages gives those alone that are published while it is subscribed to. */
  readonly kind: 'core' | 'stream';
  position(): StreamPosition | undefined;
  /** Answers those who ask whether the bridge works, while it does and until it has ended. */
  answerProbes(isWorking: () => boolean): void;
  /** Ends it, at once where it has ended already. What the broker had for it by then has been taken when this resolves. */
  drain(): Promise<void>;
}

/** One connection to the broker; it is not mended but replaced. */
export interface Link {
  /** Resolves when it is of no more use. */
  readonly closed: Promise<void>;
  /** A round trip: what was published before it began has been taken when it resolves. False where no answer comes. */
  isAlive(): Promise<boolean>;
  /**
   * Subscribes; confirmed by the broker when it resolves.
   * `after`: how far its stream has been published; `since`: from when on, epoch milliseconds, where that is not known.
   */
  subscribe(
    take: (message: Message) => void,
    from: { readonly after: StreamPosition | undefined; readonly since: number | undefined },
  ): Promise<Source>;
  close(): Promise<void>;
}

export interface Broker {
  /** Throws where no server takes us. */
  connect(): Promise<Link>;
}

/** What the bridges of a relay know of each other: which of them works, and how far it came. */
export interface Lease {
  /** Goes up with every renewal; one that stands still has lost its holder. */
  readonly version: number;
  readonly holder: string;
  /** Its holder has put it down. */
  readonly isFree: boolean;
  readonly progress: Progress;
}

export interface Progress {
  /** What was published on the broker before is in the log, epoch milliseconds. */
  readonly provenAt?: number | undefined;
  readonly position?: StreamPosition | undefined;
}

export interface Leases {
  /** Strongly consistent. */
  read(): Promise<Lease | undefined>;
  /** Makes it ours if it is still at this version, or is not there and none was seen; a repeat of the same write is no refusal. */
  take(holder: string, seen: Lease | undefined): Promise<Lease | undefined>;
  /** Raises its version if it is still ours. `isFree`: puts it down. */
  renew(lease: Lease, progress: Progress, isFree: boolean): Promise<Lease | undefined>;
}

/** A time in which messages may have been published that nobody heard; epoch milliseconds. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface Outages {
  /** A repeat is no second one. */
  record(outage: Outage): Promise<void>;
}
