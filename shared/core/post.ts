/**
 * Frames to one socket, in their order, and its end: how often a call to @connections is worth repeating, and what its answers
 * prove.
 */
import { hasExpired } from './entitled.ts';
import { limits } from './limits.ts';
import type { Clock, Meter, Sockets, Subscription } from './ports.ts';

export interface Posting {
  readonly sockets: Sockets;
  readonly clock: Clock;
  /** [0, 1) for jitter. */
  readonly random: () => number;
  readonly meter: Meter;
}

/**
 * `gone`: there is no such socket; `early`: none yet, after all waits that a handshake is worth; `undelivered`: a frame that may have
 * arrived or not.
 */
export type Outcome = 'sent' | 'gone' | 'early' | 'expired' | 'undelivered';

/** What it takes to end a socket: its id, and since when it has been there, epoch milliseconds. */
export type Target = Pick<Subscription, 'connection' | 'at'>;

/**
 * Closes a socket that its client must not keep: a close that fails is as much worth repeating as a post, and a 410 in a
 * connection's first seconds proves as little (`early`).
 */
export async function ended(
  relay: Posting,
  { connection, at }: Target,
  deadline: number,
): Promise<'closed' | 'early' | 'failed'> {
  const early = [...limits.youngRetryMs];
  for (let pause = FIRST_PAUSE_MS; ; ) {
    const result = await relay.sockets.close(connection);
    if (result === 'closed' || (result === 'gone' && !isYoung(relay, at))) return 'closed';
    if (result === 'refused') return 'failed';
    const wait = result === 'gone' ? early.shift() : jittered(relay, pause);
    if (wait === undefined) return 'early';
    if (result === 'failed') {
      if (relay.clock.now() + pause > deadline) return 'failed';
      pause = nextPause(pause);
    }
    await relay.clock.sleep(wait);
  }
}

/** Until `$connect` has returned every call is a 410, though the socket is about to open (platform: $connect). */
function isYoung({ clock }: Posting, at: number): boolean {
  return clock.now() - at < limits.connectSeconds * 1_000;
}

/** Up to the first that is not sent. `deadline`: epoch milliseconds. */
export async function postAll(
  relay: Posting,
  subscription: Subscription,
  frames: readonly string[],
  deadline: number,
): Promise<Outcome> {
  for (const frame of frames) {
    if (hasExpired(subscription.credential, relay.clock.now())) return 'expired';
    const outcome = await post(relay, subscription, frame, deadline);
    if (outcome !== 'sent') return outcome;
  }
  return 'sent';
}

async function post(
  relay: Posting,
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

function jittered(relay: Posting, pause: number): number {
  return pause * (0.5 + relay.random() / 2);
}
