/** The bridges' lease and what they noted, in memory, with the conditions of the DynamoDB adapter. */
import type { Lease, Leases, Outage, Outages } from '../../shared/arena/ports.ts';
import { type Hooks, stepUnder } from './memory-world.ts';

/** What the bridges of a relay share. */
export interface Noted {
  lease: Lease | undefined;
  /** By where it begins: a repeat is no second one. */
  readonly outages: Map<number, Outage>;
}

export const nothingNoted = (): Noted => ({ lease: undefined, outages: new Map() });

export function memoryLeases(noted: Noted, hooks: Hooks = {}): Leases {
  const step = stepUnder(hooks);
  const write = (call: string, seen: Lease | undefined, next: Lease): Promise<Lease | undefined> =>
    step(call, () => {
      const { lease } = noted;
      const isRepeat = lease?.version === next.version && lease.holder === next.holder;
      const isAsSeen = lease?.version === seen?.version && lease?.holder === seen?.holder;
      if (!isRepeat && !isAsSeen) return undefined;
      noted.lease = next;
      return next;
    });
  return {
    read: () => step('readLease', () => noted.lease),
    take: (holder, seen) =>
      write('takeLease', seen, {
        version: (seen?.version ?? 0) + 1,
        holder,
        isFree: false,
        progress: seen?.progress ?? {},
      }),
    renew: (lease, progress, isFree) =>
      write('renewLease', lease, { version: lease.version + 1, holder: lease.holder, isFree, progress }),
  };
}

export function memoryOutages(noted: Noted, hooks: Hooks = {}): Outages {
  const step = stepUnder(hooks);
  return { record: (outage) => step('recordOutage', () => void noted.outages.set(outage.from, outage)) };
}
