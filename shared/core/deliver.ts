/**
 * Posts frames to one connection, in their order, for as long as there is hope.
 *
 * One rule holds throughout: a socket that has missed an event, or lost its subscription, is not left open. Its client
 * sees the close and comes back, instead of waiting for events that will never arrive.
 */
import { departed } from './departure.ts';
import { hasExpired } from './entitled.ts';
import { limits } from './limits.ts';
import type { Clock, Connections, Membership, Meter, Sockets, Subscription } from './ports.ts';

export interface Delivery {
  readonly membership: Membership;
  readonly connections: Connections;
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** [0, 1) for jitter. */
  readonly random: () => number;
  readonly meter: Meter;
  /** Told of what an operator should know; never carries an event. */
  readonly report: (
    what: 'gone' | 'early' | 'cut' | 'expired' | 'revoked' | 'unfinished',
    connection: string,
    error?: unknown,
  ) => void;
}

type Outcome = 'sent' | 'gone' | 'early' | 'expired' | 'undelivered';

/** What it takes to end a socket: its id, and since when it has been there, epoch milliseconds. */
export type Target = Pick<Subscription, 'connection' | 'at'>;

/**
 * Whether all was sent; a connection that did not take it all is ended. `deadline`: epoch milliseconds. `channel`: of the
 * subscription; undefined for what is said to a connection that may have none.
 */
export async function deliverOrCut(
  relay: Delivery,
  channel: string | undefined,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<boolean> {
  const { connection } = subscription;
  const standing =
    subscription.starting && channel !== undefined
      ? await untilStarted(relay, channel, connection, deadline)
      : 'started';
  // It has left, and its subscription with it.
  if (standing === 'left') return false;
  const outcome =
    standing === 'started' ? await deliverAll(relay, subscription, frames, deadline) : 'undelivered';
  if (outcome === 'sent') return true;
  if (outcome === 'early') relay.report('early', connection);
  else await cutOff(relay, channel, subscription, outcome === 'undelivered' ? 'cut' : outcome, deadline);
  return false;
}

/** Closes a socket that has missed something, or must not have it, and forgets it. */
export async function cutOff(
  relay: Delivery,
  channel: string | undefined,
  target: Target,
  why: 'gone' | 'cut' | 'expired' | 'revoked',
  deadline: number,
): Promise<void> {
  relay.report(why, target.connection);
  if (why === 'gone') relay.meter.count('gone');
  await hangUp(relay, target, deadline, channel);
}

/** Closes a socket and forgets it. What fails of it is left to the minute's pass: the others must have their events. */
export async function hangUp(
  relay: Delivery,
  target: Target,
  deadline: number,
  channel?: string,
): Promise<void> {
  const { connection } = target;
  try {
    // Closed first: a crash in between must not leave a socket open without its subscription.
    if (await ended(relay, target, deadline + limits.closeMs)) {
      await departed(relay, connection, channel);
    } else {
      relay.report('unfinished', connection);
      await relay.connections.setLive(connection, false);
    }
  } catch (error) {
    relay.report('unfinished', connection, error);
  }
}

/**
 * Waits until a client has been given what it missed. A start that takes longer has died: the client is cut, and comes
 * back to another one.
 */
async function untilStarted(
  relay: Delivery,
  channel: string,
  connection: string,
  deadline: number,
): Promise<'started' | 'left' | 'stuck'> {
  const end = Math.min(relay.clock.now() + limits.startingMs, deadline);
  for (let pause = 25; ; pause = Math.min(pause * 2, 200)) {
    try {
      const subscription = await relay.membership.get(channel, connection);
      if (!subscription) return 'left';
      if (!subscription.starting) return 'started';
    } catch (error) {
      // A look that fails is one client's trouble; the others must have their events all the same.
      relay.report('unfinished', connection, error);
    }
    if (relay.clock.now() + pause > end) return 'stuck';
    await relay.clock.sleep(pause);
  }
}

/**
 * Closes a socket that its client must not keep, and says whether it is known to be closed: a close that fails is as much
 * worth repeating as a post, and a 410 in a connection's first seconds proves as little.
 */
export async function ended(relay: Delivery, { connection, at }: Target, deadline: number): Promise<boolean> {
  const early = [...limits.youngRetryMs];
  for (let pause = FIRST_PAUSE_MS; ; ) {
    const result = await relay.sockets.close(connection);
    if (result === 'closed' || (result === 'gone' && !isYoung(relay, at))) return true;
    const wait = result === 'gone' ? early.shift() : jittered(relay, pause);
    if (result === 'refused' || wait === undefined) return false;
    if (result === 'failed') {
      if (relay.clock.now() + pause > deadline) return false;
      pause = nextPause(pause);
    }
    await relay.clock.sleep(wait);
  }
}

/** Until `$connect` has returned every call is a 410, though the socket is about to open (platform: $connect). */
function isYoung({ clock }: Delivery, at: number): boolean {
  return clock.now() - at < limits.connectSeconds * 1_000;
}

async function deliverAll(
  relay: Delivery,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<Outcome> {
  for (const frame of frames) {
    if (hasExpired(subscription.credential, relay.clock.now())) return 'expired';
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
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const result = await relay.sockets.post(subscription.connection, frame);
    if (result === 'sent') {
      relay.meter.count('delivered');
      return 'sent';
    }
    if (result === 'busy') relay.meter.count('throttled');
    if (result === 'refused') return 'undelivered';
    if (result === 'failed' && subscription.fed) {
      // Should it have arrived, its client must have taken note of it before the socket is closed.
      await relay.clock.sleep(limits.settleMs);
      return 'undelivered';
    }
    if (result === 'gone') {
      if (!isYoung(relay, subscription.at)) return 'gone';
      const wait = limits.youngRetryMs[early];
      if (wait === undefined) return 'early';
      early += 1;
      await relay.clock.sleep(wait);
      relay.meter.count('retried');
      continue;
    }
    // 429 is the account's rate or this client's full buffer; both pass, or the client is cut.
    if (relay.clock.now() + pause > deadline) return 'undelivered';
    await relay.clock.sleep(jittered(relay, pause));
    relay.meter.count('retried');
    pause = nextPause(pause);
  }
}

const FIRST_PAUSE_MS = 50;

function nextPause(pause: number): number {
  return Math.min(pause * 2, 2_000);
}

function jittered(relay: Delivery, pause: number): number {
  return pause * (0.5 + relay.random() / 2);
}
