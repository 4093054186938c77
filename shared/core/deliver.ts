/**
 * Posts frames to one connection, in their order, for as long as there is hope.
 *
 * One rule holds throughout: a socket that has missed an event, or lost its subscription, is not left open. Its client
 * sees the close and comes back, instead of waiting for events that will never arrive.
 */
import { departed } from './departure.ts';
import { limits } from './limits.ts';
import type { Connections, Membership, Subscription } from './ports.ts';
import { ended, type Posting, postAll, type Target } from './post.ts';

export interface Delivery extends Posting {
  readonly membership: Membership;
  readonly connections: Connections;
  /** Told of what an operator should know; never carries an event. */
  readonly report: (
    what: 'gone' | 'early' | 'cut' | 'expired' | 'revoked' | 'unfinished',
    connection: string,
    error?: unknown,
  ) => void;
}

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
    standing === 'started' ? await postAll(relay, subscription, frames, deadline) : 'undelivered';
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
    if ((await ended(relay, target, deadline + limits.closeMs)) === 'closed') {
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
