/**
 * A channel's subscribers, remembered as long as the membership's version stands still, so that a publish in steady
 * state reads nothing. The version comes from the very write that numbered the publish; a list read after that write is
 * at least as new as the version it is remembered under, hence never too old for a later publish of the same version.
 */
import type { Head, Membership, Subscription } from './ports.ts';

export interface Members {
  list(channel: string, head: Head): Promise<readonly Subscription[]>;
}

interface Remembered {
  readonly epoch: string;
  readonly subs: number;
  readonly list: readonly Subscription[];
}

/** `maxChannels`: how many channels are remembered; the longest unused is forgotten first. */
export function makeMembers(membership: Membership, maxChannels = 200): Members {
  const remembered = new Map<string, Remembered>();
  return {
    async list(channel, head) {
      const known = remembered.get(channel);
      remembered.delete(channel);
      if (known && known.epoch === head.epoch && known.subs === head.subs) {
        remembered.set(channel, known);
        return known.list;
      }
      const list = await membership.list(channel);
      remembered.set(channel, { epoch: head.epoch, subs: head.subs, list });
      const oldest = remembered.keys().next();
      if (remembered.size > maxChannels && !oldest.done) remembered.delete(oldest.value);
      return list;
    },
  };
}
