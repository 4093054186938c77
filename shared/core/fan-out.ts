/**
 * Posts frames to everybody who is subscribed to a channel: connections side by side, the frames of one connection one
 * after another, since two concurrent posts to a connection may swap.
 *
 * One rule holds throughout: a socket that has missed an event, or lost its subscription, is not left open. Its client
 * sees the close and comes back, instead of waiting for events that will never arrive.
 */
import { departed } from './departure.ts';
import { limits } from './limits.ts';
import type { Members } from './members.ts';
import { parallel } from './parallel.ts';
import type { Clock, Connections, Head, Membership, Sockets, Subscription } from './ports.ts';

export interface FanOut {
  readonly members: Members;
  readonly membership: Membership;
  readonly connections: Connections;
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** [0, 1) for jitter. */
  readonly random: () => number;
  /** Told of what an operator should know; never carries an event. */
  readonly report: (
    what: 'gone' | 'early' | 'cut' | 'unfinished',
    connection: string,
    error?: unknown,
  ) => void;
}

type Delivery = 'sent' | 'gone' | 'early' | 'undelivered';

/** `head` is what the publish's numbering returned: its version says whether a remembered list may be used. */
export async function fanOut(
  relay: FanOut,
  channel: string,
  head: Head,
  frames: readonly string[],
): Promise<void> {
  const deadline = relay.clock.now() + limits.fanOutMs;
  const subscriptions = await relay.members.list(channel, head);
  await parallel(subscriptions, limits.fanOutWidth, async (subscription) => {
    const { connection } = subscription;
    const outcome = await deliverAll(relay, subscription, frames, deadline);
    if (outcome === 'sent') return;
    if (outcome === 'early') return relay.report('early', connection);
    relay.report(outcome === 'gone' ? 'gone' : 'cut', connection);
    try {
      // Closed first: a crash in between must not leave a socket open without its subscription.
      if (await closed(relay, connection, deadline + limits.closeMs))
        await departed(relay, connection, channel);
      else relay.report('unfinished', connection);
    } catch (error) {
      // The others must have their events all the same; the sweep finishes this one.
      relay.report('unfinished', connection, error);
    }
  });
}

/** Closes a socket whose client has missed something: a close that fails is as much worth repeating as a post. */
async function closed(relay: FanOut, connection: string, deadline: number): Promise<boolean> {
  for (let pause = FIRST_PAUSE_MS; ; pause = nextPause(pause)) {
    const result = await relay.sockets.close(connection);
    if (result !== 'failed') return result === 'closed';
    if (relay.clock.now() + pause > deadline) return false;
    await relay.clock.sleep(jittered(relay, pause));
  }
}

async function deliverAll(
  relay: FanOut,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<Delivery> {
  for (const frame of frames) {
    const outcome = await deliver(relay, subscription, frame, deadline);
    if (outcome !== 'sent') return outcome;
  }
  return 'sent';
}

async function deliver(
  relay: FanOut,
  subscription: Subscription,
  frame: string,
  deadline: number,
): Promise<Delivery> {
  let early = 0;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const result = await relay.sockets.post(subscription.connection, frame);
    if (result === 'sent') return 'sent';
    if (result === 'refused') return 'undelivered';
    if (result === 'gone') {
      // Before `$connect` has returned every post is a 410, though the socket is about to open (platform: $connect).
      const young = relay.clock.now() - subscription.at < limits.connectSeconds * 1_000;
      if (!young) return 'gone';
      const wait = limits.youngRetryMs[early];
      if (wait === undefined) return 'early';
      early += 1;
      await relay.clock.sleep(wait);
      continue;
    }
    // 429 is the account's rate or this client's full buffer; both pass, or the client is cut.
    if (relay.clock.now() + pause > deadline) return 'undelivered';
    await relay.clock.sleep(jittered(relay, pause));
    pause = nextPause(pause);
  }
}

const FIRST_PAUSE_MS = 50;

function nextPause(pause: number): number {
  return Math.min(pause * 2, 2_000);
}

function jittered(relay: FanOut, pause: number): number {
  return pause * (0.5 + relay.random() / 2);
}
