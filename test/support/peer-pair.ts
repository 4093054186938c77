/**
 * Peers and their sessions, as a test plays with them. On a cloud that fails on purpose a session may end at any moment; then it is all
 * played anew, with other sessions. What was forwarded until then is held to the contract each time.
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

export const SIDES = ['client', 'server'] as const;
export type Side = (typeof SIDES)[number];

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

export function otherOf(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

/** The peers of one play. */
export class PeerScene {
  readonly #cloud: Target;
  readonly #peers: PeerClient[] = [];
  readonly #pairs: Pair[] = [];

  constructor(cloud: Target) {
    this.#cloud = cloud;
  }

  /** One peer of a session; with a token for any session, unless one is given. */
  async open(session: string, token?: string): Promise<PeerClient> {
    const shown = token ?? (await peerToken(this.#cloud));
    const peer = await PeerClient.open(this.#cloud.socketUrl(relayPath(session, shown)));
    this.#peers.push(peer);
    return peer;
  }

  /** Both ends, one after the other. */
  async pair({ session = newSession(), token, serverToken = token }: PairOptions = {}): Promise<Pair> {
    const client = await this.open(session, token);
    try {
      return this.complete({ session, client, server: await this.open(session, serverToken) });
    } catch (error) {
      // It would stand in the way of whoever tries again.
      client.terminate();
      throw error;
    }
  }

  /** Those two are each other's from now on. */
  complete(pair: Pair): Pair {
    this.#pairs.push(pair);
    return pair;
  }

  /** Both ends of a session whose id is free again sooner or later. */
  again(session: string): Promise<Pair> {
    return until(
      'the id of a session is free again',
      () =>
        this.pair({ session }).catch((error: unknown) => {
          if (error instanceof HandshakeError) return undefined;
          throw error;
        }),
      30_000,
    );
  }

  /** Whether the cloud may have had a hand in what went wrong. */
  isTroubledBy(error: unknown): boolean {
    const { retryPolicy } = this.#cloud;
    if (!retryPolicy) return false;
    if (this.#peers.some(({ trouble }) => trouble !== undefined)) return true;
    return error instanceof HandshakeError && retryPolicy.retryAfterMs(error.status, 0) !== undefined;
  }

  /** Every peer got only what its other peer has sent, as it was sent, and no frame more often than that. */
  verify(): void {
    for (const { session, client, server } of this.#pairs) {
      expect(alienTo(client, server), `frames that came out of nowhere in ${session}`).toEqual([]);
      expect(alienTo(server, client), `frames that came out of nowhere in ${session}`).toEqual([]);
    }
  }

  end(): void {
    for (const peer of this.#peers) peer.terminate();
  }
}

/** Both ends of a session, for tests of a calm cloud. */
export function openPair(cloud: Target, options?: PairOptions): Promise<Pair> {
  return new PeerScene(cloud).pair(options);
}

/** The same of a session whose id is free again sooner or later. */
export function openAgain(cloud: Target, session: string): Promise<Pair> {
  return new PeerScene(cloud).again(session);
}

/** Plays an act with peers; anew where the cloud has ended a session, lost a frame or failed a handshake. */
export async function playPeers<T>(cloud: Target, act: (scene: PeerScene) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const scene = new PeerScene(cloud);
    try {
      return await act(scene);
    } catch (error) {
      if (attempt === ATTEMPTS || !scene.isTroubledBy(error)) throw error;
    } finally {
      scene.verify();
      scene.end();
    }
  }
}

/** The same between two peers of one session. */
export function withPair<T>(
  cloud: Target,
  exchange: (pair: Pair) => Promise<T>,
  options: Omit<PairOptions, 'session'> = {},
): Promise<T> {
  return playPeers(cloud, async (scene) => exchange(await scene.pair(options)));
}

/** Says it, and waits for it to arrive as the next frame: time enough for order. */
export async function pass(from: PeerClient, to: PeerClient, text: string): Promise<void> {
  const count = to.texts.length;
  from.send(text);
  await until(
    `a frame of ${Buffer.byteLength(text)} bytes arrives`,
    () => {
      if (to.texts.length > count) return true;
      const trouble = from.trouble ?? to.trouble;
      if (trouble !== undefined) throw new Error(`a frame did not arrive: ${trouble}`);
      return undefined;
    },
    20_000,
  );
  expect(to.texts.slice(count)).toEqual([text]);
}

/** A few words each way. */
export async function greet({ session, client, server }: Pair): Promise<void> {
  await pass(client, server, `${session}: hello`);
  await pass(server, client, `${session}: hello yourself`);
}

/** Sends until this peer is closed, as somebody does who has not heard that the other one has left. */
export async function sendUntilClosed(peer: PeerClient): Promise<Closing> {
  while (peer.closing === undefined) {
    peer.send('are you there?');
    await sleep(TURNS_MS);
  }
  return peer.closing;
}

/** What came to a peer and was not sent by the other one, or not so often. */
function alienTo(to: PeerClient, from: PeerClient): string[] {
  const left = [...from.sent];
  return to.texts.filter((text) => {
    const at = left.indexOf(text);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
