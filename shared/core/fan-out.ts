/**
 * Posts frames to everybody who is subscribed to a channel: connections side by side, the frames of one connection one
 * after another, since two concurrent posts to a connection may swap.
 */
import { type Delivery, deliverOrCut } from './deliver.ts';
import { limits } from './limits.ts';
import type { Members } from './members.ts';
import { parallel } from './parallel.ts';
import type { Head } from './ports.ts';

export interface FanOut extends Delivery {
  readonly members: Members;
}

/**
 * `head` is what the publish's numbering returned: its version says whether a remembered list may be used.
 * `begunAt`: when the publish began, epoch milliseconds. A client that could not take it all ends the wait for it, but is
 * no delivery: its time is not measured.
 */
export async function fanOut(
  relay: FanOut,
  channel: string,
  head: Head,
  frames: readonly string[],
  begunAt: number,
): Promise<void> {
  // From the beginning: an invocation that is killed in the middle has told nobody of the end.
  const deadline = begunAt + limits.fanOutMs;
  const subscriptions = await relay.members.list(channel, head);
  let lastAt: number | undefined;
  await parallel(subscriptions, limits.fanOutWidth, async (subscription) => {
    if (await deliverOrCut(relay, channel, subscription, frames, deadline)) lastAt = relay.clock.now();
  });
  if (lastAt !== undefined) relay.meter.deliveryMs(lastAt - begunAt);
}
