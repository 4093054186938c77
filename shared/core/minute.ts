/** What one run of the minute's schedule does: what is left of revocations first, which must not wait for many sockets, then its part of the sweep. */
import { finishRevocations, type Revoking } from './revoke.ts';
import { type Sweep, type Swept, sweep } from './sweep.ts';

export interface Minute extends Swept {
  /** Revocations that were finished. */
  readonly revoked: number;
}

/** A revocation that cannot be finished keeps nobody from the sweep, and is thrown when that is done. */
export async function minute(relay: Revoking & Sweep, part: number, of: number): Promise<Minute> {
  const [finished] = await Promise.allSettled([part === 0 ? finishRevocations(relay) : 0]);
  const swept = await sweep(relay, part, of);
  if (finished.status === 'rejected') throw finished.reason;
  return { ...swept, revoked: finished.value };
}
