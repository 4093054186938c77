/** What a kind of cloud is to the tests, and a relay that runs on one. */
import type { startTwin } from '../../../local/twin.ts';
import type { Capability } from './capabilities.ts';

export type Twin = Awaited<ReturnType<typeof startTwin>>;

/** One kind of cloud. `test/support/cloud.ts` picks one for the whole run. */
export interface CloudKind {
  readonly name: string;
  /** Everything that this cloud lacks, and nothing else is left out on it. */
  readonly cannot: readonly Capability[];
  start(options: CloudOptions): Promise<Cloud>;
}

export interface CloudOptions {
  /** Streams take a bearer: the cloud's `clientBearer`. */
  readonly guarded?: boolean;
  /** Its clients take text frames alone: socket.io's, and peers, whose frames come as they were sent. */
  readonly textFrames?: boolean;
  /** For clouds that have `settings` or `own-rates`: settings of the stack, as `cdk deploy -c <name>=<value>` takes them. */
  readonly context?: Readonly<Record<string, string>>;
  /** The same for values of the contracts' secrets, over those that the cloud has by itself. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For clouds of `own-nats`: how many bridges there are, one where it is left out. */
  readonly copies?: number;
}

/** A relay as its users see it. */
export interface Cloud {
  readonly httpUrl: string;
  readonly webhookToken: string;
  /** What webhooks of mesh jobs are signed with; undefined where it has no value, and none is verified. */
  readonly modalSecret?: string | undefined;
  /** Where rooms take a client token: what makes one. Undefined: they are open. */
  readonly clientJwtSecret?: string | undefined;
  /** What the tokens of peers are signed with. */
  readonly peerSecret: string;
  /** Where commands to the arena's engine take a bearer: the value. Undefined: they are open. */
  readonly arenaToken?: string | undefined;
  /** The NATS server that the cloud has by itself; undefined where the tests bring one. */
  readonly natsUrl?: string | undefined;
  /** What clients show; `openStream` does so by itself. Without it the streams are open. */
  readonly clientBearer?: string | undefined;
  /** What its senders and clients do about failures that this cloud is known for. Without it, nothing. */
  readonly retryPolicy?: RetryPolicy;
  /**
   * A post to a socket may be heard without its answer coming in time, and then it is made again: delivery is at least once. Clients
   * drop a frame whose id they have seen, as a desktop app would.
   */
  readonly mayRepeat?: true;
  /** What a client connects to for a public path such as `/stream?tenant=t1`. */
  socketUrl(path: string): string;
  /** Where a client asks for a stream of server-sent events, such as `/stream/sse?tenant=t1`. */
  streamUrl(path: string): string;
  /** What the functions have printed so far; there on clouds of `printed-lines`. */
  printed?(): readonly string[];
  close(): Promise<void>;
  /** There when the cloud is the local twin. */
  readonly twin?: Twin;
}

export interface RetryPolicy {
  /** How long to wait before a POST or a handshake that was answered with this status is sent again; undefined: never. */
  retryAfterMs(status: number, attempt: number): number | undefined;
  /** Whether a POST without a name is given one, so that its repeat is no second event. */
  readonly namesPosts: boolean;
}
