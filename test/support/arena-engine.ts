/** The arena's engine, as the relay sees it: a program on NATS that publishes events and hears what is published for it. */
import { jetstream } from '@nats-io/jetstream';
import type { ConnectionOptions, NatsConnection, Payload } from '@nats-io/transport-node';
import { connect } from '@nats-io/transport-node';
import { until } from './until.ts';

export interface Heard {
  readonly subject: string;
  readonly text: string;
}

export class ArenaEngine {
  /** Everything on `arena.>` so far, its own messages among it. */
  readonly heard: Heard[] = [];
  readonly #connection: NatsConnection;

  /** Comes back by itself after each loss, for as long as it takes. */
  static async connect(url: string, options: ConnectionOptions = {}): Promise<ArenaEngine> {
    const endless = { maxReconnectAttempts: -1, reconnectTimeWait: 100, reconnectJitter: 0 };
    const connection = await connect({ servers: url, ...endless, ...options });
    const engine = new ArenaEngine(connection);
    await connection.flush();
    return engine;
  }

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
    connection.subscribe('arena.>', {
      callback: (_, { subject, data }) => {
        this.heard.push({ subject, text: Buffer.from(data).toString() });
      },
    });
  }

  get connection(): NatsConnection {
    return this.#connection;
  }

  /** Waits until it is connected, after its server was away. */
  back(): Promise<true> {
    return until('the engine is connected again', () =>
      this.#connection.flush().then(
        () => true as const,
        () => undefined,
      ),
    );
  }

  /** An event of a session, whose payload is this value as JSON; once it returns the server has it. */
  tell(session: string, suffix: string, value: unknown): Promise<void> {
    return this.publish(`arena.${session}.${suffix}`, JSON.stringify(value));
  }

  /** A message as it is; once it returns the server has it. */
  async publish(subject: string, payload: Payload): Promise<void> {
    this.#connection.publish(subject, payload);
    await this.#connection.flush();
  }

  /** An event of a session; once it returns a stream has it. */
  async store(session: string, suffix: string, value: unknown): Promise<void> {
    await jetstream(this.#connection).publish(`arena.${session}.${suffix}`, JSON.stringify(value));
  }

  /** What it has heard that concerns a session, once so much has come. */
  hears(session: string, count: number, timeoutMs = 30_000): Promise<readonly Heard[]> {
    return until(
      `${count} messages of ${session} on NATS, not ${this.about(session).length}`,
      () => (this.about(session).length >= count ? this.about(session) : undefined),
      timeoutMs,
    );
  }

  /** What it has heard so far that concerns a session. */
  about(session: string): readonly Heard[] {
    return this.heard.filter(
      ({ subject, text }) =>
        subject.startsWith(`arena.${session}.`) || (subject === 'arena.init' && text.includes(session)),
    );
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
