/**
 * Messages of a JetStream stream, by a durable pull consumer. The broker remembers how far they were acknowledged; what it gave
 * out and nobody acknowledged it gives out again behind newer ones, which would break the order. So each subscription makes
 * the consumer anew, right after what has been published without a hole.
 *
 * A crash between its deletion and its making loses nothing: the position is in the bridge's lease by then, and what comes
 * twice has its name.
 */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  type StreamInfo,
} from '@nats-io/jetstream';
import { type NatsConnection, nanos, PermissionViolationError, RequestError } from '@nats-io/transport-node';
import type { Message, Source, StreamPosition } from '../../arena/ports.ts';
import { EVERYTHING, OF_SESSIONS } from '../../arena/subject.ts';
import { StreamProgress } from './stream-progress.ts';

/** How long the broker waits for an acknowledgement before it gives a message again, milliseconds. */
const ACK_MS = 60_000;
/** Most messages that are given out and not acknowledged: with the largest events, what a small container can hold in memory. */
const MOST_OPEN = 1_000;
/** How much is asked for at a time, bytes, where the server's largest message is not larger: it cuts a client that is 64 MB behind. */
const ASKED_BYTES = 8 * 1_048_576;
const TIMEOUT_MS = 2_000;
/** Errors of the API (nats-server, errors.json): the account has no JetStream; no such consumer. */
const NOT_FOR_ACCOUNT = 10039;
const NO_CONSUMER = 10014;

export interface Stream {
  readonly name: string;
  /** Tells it from an earlier one of the same name. */
  readonly identity: string;
}

/**
 * The stream that keeps all messages of sessions; undefined where the broker has none.
 * `hadOne`: there was one before, so that silence of the broker's other servers proves nothing.
 */
export async function findStream(
  connection: NatsConnection,
  passedOver: (stream: string, reason: string) => void,
  hadOne: boolean,
): Promise<Stream | undefined> {
  try {
    const manager = await jetstreamManager(connection, { timeout: TIMEOUT_MS });
    for await (const name of manager.streams.names(EVERYTHING)) {
      const info = await manager.streams.info(name);
      const reason = reasonAgainst(info);
      if (reason === undefined) return { name, identity: `${name}:${Date.parse(info.created)}` };
      passedOver(name, reason);
    }
  } catch (error) {
    if (!isWithoutJetStream(error, connection, hadOne)) throw error;
  }
  return undefined;
}

function reasonAgainst({ config }: StreamInfo): string | undefined {
  const isWhole = config.subjects?.some((subject) => ['>', '*.>', EVERYTHING, OF_SESSIONS].includes(subject));
  if (!isWhole) return `it does not take all of ${OF_SESSIONS}`;
  // The others drop a message when its consumer goes, or has had it; ours is made anew again and again.
  return config.retention === RetentionPolicy.Limits ? undefined : `its retention is ${config.retention}`;
}

/** That a server has JetStream and does not answer, as while it starts, is no proof that it keeps nothing. */
function isWithoutJetStream(error: unknown, { info }: NatsConnection, hadOne: boolean): boolean {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (error instanceof JetStreamApiError && error.code === NOT_FOR_ACCOUNT) return true;
  if (error instanceof PermissionViolationError || cause instanceof PermissionViolationError) return true;
  const noResponders =
    (error instanceof Error && error.name === 'JetStreamNotEnabled') ||
    (error instanceof RequestError && error.isNoResponders());
  return noResponders && info?.jetstream !== true && !(hadOne && info?.cluster !== undefined);
}

export async function subscribeStream(
  connection: NatsConnection,
  stream: Stream,
  durable: string,
  take: (message: Message) => void,
  from: { readonly after: StreamPosition | undefined; readonly since: number },
): Promise<Omit<Source, 'answerProbes'>> {
  const manager = await jetstreamManager(connection, { timeout: TIMEOUT_MS, checkAPI: false });
  const known = from.after?.stream === stream.identity ? from.after.seq : undefined;
  const old = await consumerInfo(manager, stream.name, durable);
  const done = known ?? old?.ack_floor.stream_seq;
  const start = done === undefined ? undefined : Math.max(done, old?.ack_floor.stream_seq ?? 0) + 1;
  if (old) await manager.consumers.delete(stream.name, durable);
  const made = await manager.consumers.add(stream.name, {
    durable_name: durable,
    filter_subject: OF_SESSIONS,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(ACK_MS),
    max_ack_pending: MOST_OPEN,
    max_deliver: -1,
    ...startOf(start, from),
  });
  // A new consumer's floor is where it begins, whichever way that was said.
  const progress = new StreamProgress(stream.identity, made.ack_floor.stream_seq);
  const consumer = await jetstream(connection).consumers.get(stream.name, durable);
  const messages = await consumer.consume({
    max_bytes: Math.max(ASKED_BYTES, 2 * (connection.info?.max_payload ?? 0)),
    // Without it a consumer that somebody deleted would be waited for, for ever.
    abort_on_missing_resource: true,
    callback: (message) => take(messageOf(message, connection, stream, progress)),
  });
  return sourceOf(connection, messages, progress);
}

/** A stream in the place of another one is unread; of one that is new to us, what core NATS has not brought already. */
function startOf(
  seq: number | undefined,
  { after, since }: { readonly after: StreamPosition | undefined; readonly since: number },
): Partial<ConsumerConfig> {
  if (seq !== undefined) return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: seq };
  if (after) return { deliver_policy: DeliverPolicy.All };
  return { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(since).toISOString() };
}

function sourceOf(
  connection: NatsConnection,
  messages: ConsumerMessages,
  progress: StreamProgress,
): Omit<Source, 'answerProbes'> {
  let isDraining = false;
  // Ended by nobody here: somebody deleted the consumer or the stream. The bridge begins anew.
  void messages.closed().then(() => {
    if (!isDraining) void connection.close();
  });
  return {
    kind: 'stream',
    position: () => progress.position,
    async drain() {
      if (isDraining || connection.isClosed()) return;
      isDraining = true;
      messages.stop();
    },
  };
}

function messageOf(
  message: JsMsg,
  connection: NatsConnection,
  { identity }: Stream,
  progress: StreamProgress,
): Message {
  const { seq } = message;
  progress.given(seq);
  return {
    subject: message.subject,
    payload: message.data,
    name: `nats:${identity}:${seq}`,
    settled() {
      progress.settled(seq);
      // On a connection that has gone it throws; the next consumer begins behind this message anyway.
      if (!connection.isClosed()) message.ack();
    },
  };
}

async function consumerInfo(
  manager: JetStreamManager,
  stream: string,
  durable: string,
): Promise<ConsumerInfo | undefined> {
  try {
    return await manager.consumers.info(stream, durable);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === NO_CONSUMER) return undefined;
    throw error;
  }
}
