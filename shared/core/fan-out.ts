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

/** What it takes to get frames to a connection, or to end it when they do not get there. */
export interface Delivery {
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

export interface FanOut extends Delivery {
  readonly members: Members;
}

type Outcome = 'sent' | 'gone' | 'early' | 'undelivered';

/** `head` is what the publish's numbering returned: its version says whether a remembered list may be used. */
export async function fanOut(
  relay: FanOut,
  channel: string,
  head: Head,
  frames: readonly string[],
): Promise<void> {
  const deadline = relay.clock.now() + limits.fanOutMs;
  const subscriptions = await relay.members.list(channel, head);
  await parallel(subscriptions, limits.fanOutWidth, (subscription) =>
    deliverOrCut(relay, channel, subscription, frames, deadline),
  );
}

/** Posts the frames in their order. Whether all were sent; a connection that did not take them is ended. */
export async function deliverOrCut(
  relay: Delivery,
  channel: string,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<boolean> {
  const { connection } = subscription;
  const outcome = await deliverAll(relay, subscription, frames, deadline);
  if (outcome === 'sent') return true;
  if (outcome === 'early') {
    relay.report('early', connection);
    return false;
  }
  relay.report(outcome === 'gone' ? 'gone' : 'cut', connection);
  try {
    // Closed first: a crash in between must not leave a socket open without its subscription.
    if (await relay.sockets.close(connection)) await departed(relay, connection, channel);
  } catch (error) {
    // The others must have their events all the same; the sweep finishes this one.
    relay.report('unfinished', connection, error);
  }
  return false;
}

async function deliverAll(
  relay: Delivery,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<Outcome> {
  for (const frame of frames) {
    const outcome = await deliver(relay, subscription, frame, deadline);
    if (outcome !== 'sent') return outcome;
  }
  return 'sent';
}

async function deliver(
  relay: Delivery,
  subscription: Subscription,
  frame: string,
  deadline: number,
): Promise<Outcome> {
  let early = 0;
  let pause = 50;
  for (;;) {
    const result = await relay.sockets.post(subscription.connection, frame);
    if (result === 'sent') return 'sent';
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
    await relay.clock.sleep(pause * (0.5 + relay.random() / 2));
    pause = Math.min(pause * 2, 2_000);
  }
}
