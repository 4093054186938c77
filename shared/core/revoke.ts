/**
 * Takes a token back, with all that was opened by it:
 *
 *     1 note    that this is under way, so that the minute's pass finishes it should we not
 *     2 mark    from here on the token opens nothing; nor, with a session's, does any other of its user, since without a
 *               session nobody could take those back
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
import type { Delivery } from './deliver.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import { ended, type Target } from './post.ts';

export interface Revocation {
  readonly token: string;
  /** What the token's connections are subscribed to. */
  readonly channel: string;
}

export interface Revocations {
  /** Notes that a revocation is under way. */
  note(revocation: Revocation, at: number): Promise<void>;
  /** Marks the token, and what goes with it; the ids of all of them. */
  mark(token: string): Promise<ReadonlySet<string>>;
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
  const marked = await revocations.mark(token);
  const all = await membership.list(channel);
  const opened = all.filter(
    ({ credential }) => credential?.token !== undefined && marked.has(credential.token),
  );
  await parallel(opened, limits.fanOutWidth, async ({ connection }) => {
    await relay.connections.setLive(connection, false);
    await membership.delete(channel, connection);
  });
  await membership.bump(channel);
  // One for all of them: many that do not close must not use up the time of the answer.
  const deadline = clock.now() + limits.closeMs;
  await parallel(opened, limits.fanOutWidth, (subscription) => close(relay, subscription, deadline));
  await revocations.forget(token);
}

/** What fails of it is left to the minute's pass, which closes who is not live. */
async function close(relay: Revoking, target: Target, deadline: number): Promise<void> {
  const { connection } = target;
  relay.report('revoked', connection);
  try {
    if ((await ended(relay, target, deadline)) === 'closed') await relay.connections.delete(connection);
    else relay.report('unfinished', connection);
  } catch (error) {
    relay.report('unfinished', connection, error);
  }
}

/** Finishes what others began; how many there were. One that fails does not keep the others from it, and is thrown last. */
export async function finishRevocations(relay: Revoking): Promise<number> {
  const left = await relay.revocations.unfinished(relay.clock.now() - UNDER_WAY_MS);
  const failures: unknown[] = [];
  for (const revocation of left) {
    await revoke(relay, revocation).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'some revocations could not be finished');
  return left.length;
}
