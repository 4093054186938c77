/**
 * Takes a token back, with all that was opened by it:
 *
 *     1 note    that this is under way, so that the minute's pass finishes it should we not
 *     2 mark    from here on the token opens nothing
 *     3 end     every subscription that was made with it; its connection is said to be stuck first, so that the minute's
 *               pass closes what a crash leaves open and silent
 *     4 bump    the membership's version: what is numbered from here on finds those subscriptions gone, and streams ask
 *               after their token
 *     5 close   the sockets
 *     6 forget  the note
 *
 * Whoever subscribes looks at the token afterwards, so that either the list of step 3 has the subscription or the
 * subscriber sees the mark. Each step may be repeated.
 */
import { cutOff, type Delivery } from './deliver.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';

export interface Revocation {
  readonly token: string;
  /** What the token's connections are subscribed to. */
  readonly channel: string;
}

export interface Revocations {
  /** Notes that a revocation is under way. */
  note(revocation: Revocation, at: number): Promise<void>;
  mark(token: string): Promise<void>;
  forget(token: string): Promise<void>;
  /** Those that were noted before a moment, epoch milliseconds; strongly consistent. */
  unfinished(before: number): Promise<readonly Revocation[]>;
}

export interface Revoking extends Delivery {
  readonly revocations: Revocations;
}

/** Whoever works on a revocation is done after this time, or dead. */
const UNDER_WAY_MS = 60_000;

export async function revoke(relay: Revoking, { token, channel }: Revocation): Promise<void> {
  const { revocations, membership, clock } = relay;
  await revocations.note({ token, channel }, clock.now());
  await revocations.mark(token);
  const all = await membership.list(channel);
  const opened = all.filter(({ credential }) => credential?.token === token);
  await parallel(opened, limits.fanOutWidth, async ({ connection }) => {
    await relay.connections.setLive(connection, false);
    await membership.delete(channel, connection);
  });
  await membership.bump(channel);
  await parallel(opened, limits.fanOutWidth, ({ connection }) =>
    cutOff(relay, channel, connection, 'revoked', clock.now()),
  );
  await revocations.forget(token);
}

/** Finishes what others began; how many there were. */
export async function finishRevocations(relay: Revoking): Promise<number> {
  const left = await relay.revocations.unfinished(relay.clock.now() - UNDER_WAY_MS);
  for (const revocation of left) await revoke(relay, revocation);
  return left.length;
}
