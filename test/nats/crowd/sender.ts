/**
 * An engine that plays many sessions at once: bursts of twenty messages to one of them, and single ones to others between. It
 * goes as fast as it is listened to: where the listeners are behind, it waits a little between two messages, and goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, jetstream, type PubAck } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { END_OF_ALL, payloadOf, type Sent, suffixOf } from './messages.ts';
import type { Way } from './twin-arena.ts';

export const BURST = 20;
/** Single messages after each burst, to a session each. */
const SINGLES = 5;
/** Messages under way at which it waits. */
const MOST_UNDER_WAY = 400;
const PAUSE_MS = 50;
/** How long one attempt to publish into the stream may take. */
const ACK_MS = 2_000;
/** How long the stream may be away. */
const PATIENCE_MS = 60_000;

/** How many of a session's messages have come to where they are to go, as far as anybody can tell. */
export type Arrived = (session: string) => number;

/** One publish of one or more messages of a session; resolves when it is known what became of them. */
type Publish = (session: string, numbers: readonly number[]) => Promise<Sent[]>;

export class Sender {
  /** By session, in the order in which they are to arrive. */
  readonly sent: ReadonlyMap<string, Sent[]>;
  /** Of all sessions. */
  count = 0;
  readonly #sessions: readonly string[];
  readonly #connection: NatsConnection;
  readonly #publish: Publish;
  readonly #next = new Map<string, number>();

  static async start(natsUrl: string, sessions: readonly string[], way: Way): Promise<Sender> {
    const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 250 });
    const publish = way === 'core NATS' ? throughCore(connection) : throughStream(jetstream(connection));
    return new Sender(sessions, connection, publish);
  }

  private constructor(sessions: readonly string[], connection: NatsConnection, publish: Publish) {
    this.#sessions = sessions;
    this.#connection = connection;
    this.#publish = publish;
    this.sent = new Map(sessions.map((session) => [session, []]));
  }

  /** Sends that many messages, the same number to each session. */
  async send(total: number, arrived: Arrived): Promise<void> {
    const session = (index: number): string => this.#sessions[index % this.#sessions.length] ?? '';
    let burst = 0;
    let single = 0;
    for (const end = this.count + total; this.count < end; ) {
      await this.say(session(burst++), BURST);
      for (let count = 0; count < SINGLES; count += 1) {
        if (this.#underWay(arrived) > MOST_UNDER_WAY) await sleep(PAUSE_MS);
        await this.say(session(single++), 1);
      }
    }
  }

  /** The last message of every session. */
  async end(): Promise<void> {
    for (const session of this.#sessions) this.#keep(session, await this.#publish(session, [END_OF_ALL]));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The next messages of one session. */
  async say(session: string, count: number): Promise<void> {
    const first = this.#next.get(session) ?? 0;
    this.#next.set(session, first + count);
    const numbers = Array.from({ length: count }, (_, index) => first + index);
    this.#keep(session, await this.#publish(session, numbers));
  }

  #keep(session: string, sent: readonly Sent[]): void {
    this.sent.get(session)?.push(...sent);
    this.count += sent.length;
  }

  #underWay(arrived: Arrived): number {
    const missing = this.#sessions.map((session) => (this.sent.get(session)?.length ?? 0) - arrived(session));
    return missing.reduce((sum, count) => sum + count, 0);
  }
}

const subjectOf = (session: string, n: number): string => `arena.${session}.${suffixOf(n)}`;

/** What the server has answered a ping after, it had; whatever was cut off before may be lost. */
function throughCore(connection: NatsConnection): Publish {
  return async (session, numbers) => {
    const publishedAt = Date.now();
    for (const n of numbers) connection.publish(subjectOf(session, n), payloadOf(session, n));
    const takenAt = await connection.flush().then(
      () => Date.now(),
      () => undefined,
    );
    return numbers.map((n) => ({ n, publishedAt, takenAt }));
  };
}

/** Each message until the stream says that it has it, under one name: the stream keeps it once. */
function throughStream(stream: JetStreamClient): Publish {
  return async (session, numbers) => {
    const publishedAt = Date.now();
    const sent = numbers.map(async (n) => {
      const { seq } = await insist(stream, session, n);
      return { n, publishedAt, takenAt: Date.now(), streamSeq: seq };
    });
    // The stream's order counts: an attempt that was repeated may have gone behind those after it.
    return (await Promise.all(sent)).toSorted((one, other) => one.streamSeq - other.streamSeq);
  };
}

async function insist(stream: JetStreamClient, session: string, n: number): Promise<PubAck> {
  const options = { msgID: `${session}.${n}`, timeout: ACK_MS };
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
    try {
      return await stream.publish(subjectOf(session, n), payloadOf(session, n), options);
    } catch (error) {
      // The server is away or has just come back, or its answer was lost: the name makes a repeat safe.
      if (Date.now() > deadline) throw error;
    }
  }
}
