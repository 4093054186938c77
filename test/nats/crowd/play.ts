/**
 * A crowd and its engine: four clients to each of fifty sessions, and a sender that goes through all of them while half of the
 * clients leave and come back, and while whatever else a test has in mind is done to the server and the bridge.
 */
import { until } from '../../support/until.ts';
import { kinds, type Listener, makeListener } from './listeners.ts';
import { Sender } from './sender.ts';
import type { TwinArena } from './twin-arena.ts';

const SESSIONS = 50;
const MESSAGES = 20_000;
/** A gateway takes 500 new connections a second. */
const AT_ONCE = 25;
/** For all messages to be sent, on a busy machine. */
const SENT_MS = 400_000;
/** For everything that is still on its way when the last message has been sent. */
const ARRIVED_MS = 60_000;

/** What is done at a moment of the run; each begins when the one before it is over. */
export interface Act {
  /** The share of the messages that has been sent by then. */
  readonly at: number;
  /** `listens`: resolves when a message has arrived that was published after the call. */
  run(listens: () => Promise<void>): Promise<void>;
}

export interface Played {
  readonly sender: Sender;
  readonly listeners: readonly Listener[];
  readonly seconds: number;
}

/** Does it with all of them, so many at a time. */
async function inLanes<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = all.values();
  const lane = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

export async function play({ cloud, server, way }: TwinArena, acts: readonly Act[] = []): Promise<Played> {
  const sessions = Array.from({ length: SESSIONS }, (_, index) => `crowd-${index}`);
  const listeners = sessions.flatMap((session) => kinds.map((kind) => makeListener(cloud, session, kind)));
  const sender = await Sender.start(server.url, sessions, way);
  try {
    await inLanes(listeners, (listener) => listener.open());
    const began = performance.now();
    const arrived = arrivals(listeners);
    await Promise.all([
      sender.send(MESSAGES, arrived),
      comings(sender, listeners),
      doAll(acts, sender, listeners),
    ]);
    await sender.end();
    await inLanes(listeners, (listener) => listener.hasAll(ARRIVED_MS));
    return { sender, listeners, seconds: (performance.now() - began) / 1_000 };
  } finally {
    await sender.close();
    await inLanes(listeners, (listener) => listener.close());
  }
}

/** By the furthest that the first client of each session has heard: what is missing before that will not come any more. */
function arrivals(listeners: readonly Listener[]): (session: string) => number {
  const first = new Map(listeners.filter(({ kind }) => kind === 'plain').map((one) => [one.session, one]));
  return (session) => (first.get(session)?.heard.at(-1) ?? -1) + 1;
}

async function untilSent(sender: Sender, share: number): Promise<void> {
  const what = `${share} of the messages are sent`;
  await until(what, () => sender.count >= share * MESSAGES || undefined, SENT_MS);
}

/** Every other client leaves once and comes back, one after another, in the middle of the run. */
async function comings(sender: Sender, listeners: readonly Listener[]): Promise<void> {
  const comers = listeners.filter(({ kind }) => kind.endsWith('comes back'));
  for (const [index, listener] of comers.entries()) {
    await untilSent(sender, 0.1 + (0.8 * index) / comers.length);
    await listener.comeBack();
  }
}

async function doAll(acts: readonly Act[], sender: Sender, listeners: readonly Listener[]): Promise<void> {
  const listens = async (): Promise<void> => {
    const before = new Map([...sender.sent].map(([session, { length }]) => [session, length]));
    const arrived = arrivals(listeners);
    const isHeard = () => [...before].some(([session, count]) => arrived(session) > count) || undefined;
    await until('a message arrives again', isHeard, 60_000);
  };
  for (const { at, run } of acts) {
    await untilSent(sender, at);
    await run(listens);
  }
}
