/**
 * Two peers of a session. On a cloud that fails on purpose a session may end at any moment, and its peers begin a new one (`withPair`);
 * what was forwarded until then is held to the contract.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cloud } from './cloud.ts';
import { PeerClient } from './peer-client.ts';
import { newSession, peerToken, relayPath } from './peer-tokens.ts';
import { type Closing, HandshakeError } from './socket-client.ts';
import { until } from './until.ts';

type Target = Pick<Cloud, 'socketUrl' | 'retryPolicy' | 'peerSecret'>;

const ATTEMPTS = 30;
const TURNS_MS = 50;

export interface Pair {
  readonly session: string;
  /** Who came first. */
  readonly client: PeerClient;
  readonly server: PeerClient;
}

/** The same token at both ends, unless the second one is given; a session of their own, unless it is given. */
export interface PairOptions {
  readonly session?: string;
  readonly token?: string;
  readonly serverToken?: string;
}

/** Opens both ends of a session, one after the other; another session where the cloud's failures are its own. */
export async function openPair(cloud: Target, options: PairOptions = {}): Promise<Pair> {
  const { token = await peerToken(cloud), serverToken = token } = options;
  for (let attempt = 0; ; attempt += 1) {
    const session = options.session ?? newSession();
    const opened: PeerClient[] = [];
    try {
      const client = await PeerClient.open(cloud.socketUrl(relayPath(session, token)));
      opened.push(client);
      const server = await PeerClient.open(cloud.socketUrl(relayPath(session, serverToken)));
      return { session, client, server };
    } catch (error) {
      for (const peer of opened) peer.terminate();
      const wait =
        options.session === undefined && error instanceof HandshakeError
          ? cloud.retryPolicy?.retryAfterMs(error.status, attempt)
          : undefined;
      if (wait === undefined) throw error;
      await sleep(wait);
    }
  }
}

/** Opens one peer; again, in another session, where the cloud's failures are its own. */
export async function openAlone(cloud: Target): Promise<{ session: string; peer: PeerClient }> {
  const token = await peerToken(cloud);
  for (let attempt = 0; ; attempt += 1) {
    const session = newSession();
    try {
      return { session, peer: await PeerClient.open(cloud.socketUrl(relayPath(session, token))) };
    } catch (error) {
      const isOfCloud =
        error instanceof HandshakeError &&
        cloud.retryPolicy?.retryAfterMs(error.status, attempt) !== undefined;
      if (!isOfCloud) throw error;
    }
  }
}

/** Opens a pair of a session that has ended a moment ago, however long the cloud takes to hear of its end. */
export function openAgain(cloud: Target, session: string): Promise<Pair> {
  return until(
    `session ${session} is free again`,
    () =>
      openPair(cloud, { session }).catch((error: unknown) => {
        if (error instanceof HandshakeError) return undefined;
        throw error;
      }),
    60_000,
  );
}

/**
 * Plays an exchange between two peers; as a whole, with a new session, where the cloud has ended the session or lost a frame. What was
 * forwarded is looked at each time: nothing that the other did not send, nothing changed, nothing twice.
 */
export async function withPair<T>(
  cloud: Target,
  exchange: (pair: Pair) => Promise<T>,
  options: Omit<PairOptions, 'session'> = {},
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const pair = await openPair(cloud, options);
    try {
      const result = await exchange(pair);
      expectForwarded(pair);
      return result;
    } catch (error) {
      expectForwarded(pair);
      const isOfCloud =
        cloud.retryPolicy && [pair.client, pair.server].some(({ trouble }) => trouble !== undefined);
      if (!isOfCloud || attempt === ATTEMPTS) throw error;
    } finally {
      for (const peer of [pair.client, pair.server]) peer.terminate();
    }
  }
}

/** Either peer got only what the other has sent, as it was sent, and no frame more often than that. */
export function expectForwarded({ session, client, server }: Pair): void {
  for (const [from, to] of [
    [client, server],
    [server, client],
  ] as const) {
    const left = [...from.sent];
    const alien = to.texts.filter((text) => {
      const at = left.indexOf(text);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    expect(alien, `frames in ${session} that its other peer did not send, or not so often`).toEqual([]);
  }
}

/** Says it, and waits for it to arrive as the next frame: time enough for order. */
export async function pass(from: PeerClient, to: PeerClient, text: string): Promise<void> {
  const count = to.texts.length;
  from.send(text);
  await until(
    `a frame of ${Buffer.byteLength(text)} bytes arrives`,
    () => {
      const trouble = from.trouble ?? to.trouble;
      if (to.texts.length > count) return true;
      if (trouble !== undefined) throw new Error(`a frame did not arrive: ${trouble}`);
      return undefined;
    },
    10_000,
  );
  expect(to.texts.slice(count)).toEqual([text]);
}

/** Sends until this peer is closed, as somebody does who has not heard that the other one has left. */
export async function sendUntilClosed(peer: PeerClient): Promise<Closing> {
  while (peer.closing === undefined) {
    peer.send('are you there?');
    await sleep(TURNS_MS);
  }
  return peer.closing;
}
