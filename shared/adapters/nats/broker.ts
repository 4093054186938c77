/** NATS as the bridge meets it: one connection at a time, and on it a stream where one keeps the messages, else core NATS. */
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import type { Broker, Link, Message, Source } from '../../arena/ports.ts';
import { EVERYTHING } from '../../arena/subject.ts';
import { findStream, subscribeStream } from './stream.ts';
import { within } from './within.ts';

/** How long a round trip may take, milliseconds. */
const ROUND_TRIP_MS = 2_000;

export interface BrokerSettings {
  readonly open: () => Promise<NatsConnection>;
  /** Name of the durable consumer: the same for all bridges of a relay, and no other's. */
  readonly durable: string;
  /** On which subject is asked whether the bridge works. */
  readonly probeSubject: string;
  /** From when on a stream's messages are relayed where nothing of it ever was, epoch milliseconds. */
  readonly oldest: () => number;
  /** Told of a stream that has messages of sessions and cannot serve, with the reason. */
  readonly passedOver: (stream: string, reason: string) => void;
}

export function makeBroker(settings: BrokerSettings): Broker {
  return { connect: async () => linkOf(await settings.open(), settings) };
}

function linkOf(connection: NatsConnection, settings: BrokerSettings): Link {
  const confirm = () => within(ROUND_TRIP_MS, 'a round trip to NATS', connection.flush());
  const probed = (source: Omit<Source, 'answerProbes'>): Source => {
    const { probeSubject } = settings;
    let probes: Subscription | undefined;
    return {
      ...source,
      answerProbes(isWorking) {
        probes = connection.subscribe(probeSubject, {
          callback: (error, message) => {
            if (!error && isWorking()) message.respond();
          },
        });
      },
      async drain() {
        if (!connection.isClosed()) probes?.unsubscribe();
        await source.drain();
      },
    };
  };
  return {
    closed: connection.closed().then(() => undefined),
    async isAlive() {
      try {
        await confirm();
        return true;
      } catch {
        return false;
      }
    },
    async subscribe(take, { after, since }) {
      const stream = await findStream(connection, settings.passedOver, after !== undefined);
      if (stream) {
        const { durable, oldest } = settings;
        return probed(
          await subscribeStream(connection, stream, durable, take, { after, since: since ?? oldest() }),
        );
      }
      const source = subscribeCore(connection, take);
      await confirm();
      if (connection.isClosed()) throw new Error('NATS refused the subscription');
      return probed(source);
    },
    async close() {
      try {
        await within(ROUND_TRIP_MS, 'the end of a connection', connection.close());
      } catch {
        // A server that takes nothing any more is not waited for.
      }
    },
  };
}

function subscribeCore(
  connection: NatsConnection,
  take: (message: Message) => void,
): Omit<Source, 'answerProbes'> {
  const subscription = connection.subscribe(EVERYTHING, {
    callback: (error: Error | null, message: Msg) => {
      // Such as a subject that the user may not subscribe to: the bridge begins anew, and says why.
      if (error) void connection.close();
      else take({ subject: message.subject, payload: message.data, settled: () => undefined });
    },
  });
  return {
    kind: 'core',
    position: () => undefined,
    async drain() {
      if (connection.isClosed() || subscription.isClosed()) return;
      try {
        await within(ROUND_TRIP_MS, 'the end of a subscription', subscription.drain());
      } catch {
        // The server has fallen silent: it would be waited for until the client library gives it up. The link is of no use any more.
        await connection.close();
      }
    },
  };
}
