/**
 * What functions say on NATS, over a connection that is kept between invocations.
 *
 * Platform rule: between two invocations a function is frozen, and does not see that its connection has gone; what is written
 * to it then is lost without a word. So a connection that has rested is tried by a round trip before it is relied on, and
 * a message counts as said when a round trip behind it is done.
 */
import { type NatsConnection, RequestError } from '@nats-io/transport-node';
import { within } from './within.ts';

/** A connection that has rested for longer is tried first, milliseconds. */
const REST_MS = 1_000;
/** How long that try may take, milliseconds. */
const TRY_MS = 400;

export interface NatsLink {
  /** Resolves when the server has the message; throws where it may not have it. It is sent once at the most. */
  publish(subject: string, payload: string): Promise<void>;
  /** Whether somebody answers on the subject in time. */
  asks(subject: string): Promise<boolean>;
}

export interface NatsLinkSettings {
  readonly open: () => Promise<NatsConnection>;
  readonly now: () => number;
  /** How long each of them may take in all, milliseconds. */
  readonly publishMs: number;
  readonly askMs: number;
}

interface Kept {
  readonly connection: NatsConnection;
  /** What the server objected to; the newest. */
  objection?: Error;
  usedAt: number;
}

export function makeNatsLink({ open, now, publishMs, askMs }: NatsLinkSettings): NatsLink {
  let kept: Kept | undefined;

  const drop = (one: Kept): void => {
    if (kept === one) kept = undefined;
    // Nobody waits for it: what was said on it is done, or has failed already.
    one.connection.close().catch(() => undefined);
  };

  const ready = async (): Promise<Kept> => {
    const one = kept;
    if (one && !one.connection.isClosed()) {
      if (now() - one.usedAt < REST_MS) return one;
      try {
        await within(TRY_MS, 'a round trip to NATS', one.connection.flush());
        return one;
      } catch {
        // It has gone while we were frozen; a new one tells whether the server is there.
      }
    }
    if (one) drop(one);
    const opened = watched(await open(), now());
    // One that was opened for a caller who had no time left comes after another's.
    if (kept) drop(kept);
    kept = opened;
    return kept;
  };

  const use = async <Result>(ms: number, work: (one: Kept) => Promise<Result>): Promise<Result> => {
    let used: Kept | undefined;
    let isTooLate = false;
    const all = async () => {
      used = await ready();
      // Its caller has been told that it failed, perhaps long ago: nothing may be said any more.
      if (isTooLate) throw new Error('the time is over');
      const result = await work(used);
      used.usedAt = now();
      return result;
    };
    try {
      return await within(ms, 'NATS', all());
    } catch (error) {
      isTooLate = true;
      if (used) drop(used);
      throw error;
    }
  };

  return {
    publish: (subject, payload) =>
      use(publishMs, async (one) => {
        delete one.objection;
        one.connection.publish(subject, payload);
        await one.connection.flush();
        // The server's objection comes before its answer to the round trip, and is told of a little later.
        await new Promise((resolve) => setImmediate(resolve));
        if (one.objection) throw one.objection;
      }),
    async asks(subject) {
      try {
        return await use(askMs, (one) => isAnswered(one.connection, subject, askMs));
      } catch {
        return false;
      }
    },
  };
}

/** That nobody listens is an answer of the server's. */
async function isAnswered(connection: NatsConnection, subject: string, timeout: number): Promise<boolean> {
  try {
    await connection.request(subject, '', { timeout });
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.isNoResponders()) return false;
    throw error;
  }
}

function watched(connection: NatsConnection, usedAt: number): Kept {
  const kept: Kept = { connection, usedAt };
  const watch = async () => {
    for await (const status of connection.status()) {
      if (status.type === 'error') kept.objection = status.error;
    }
  };
  void watch();
  return kept;
}
