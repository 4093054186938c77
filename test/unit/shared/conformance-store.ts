/** What the conformance of stores is tested on, and the channels of its tests: each has one of its own. */
import type { Membership, Places, Revocable } from '../../../shared/core/ports.ts';
import type { Revocations } from '../../../shared/core/revoke.ts';
import type { RoomStore } from './rooms-conformance.ts';

export interface Store extends RoomStore {
  readonly membership: Membership;
  readonly places: Places;
  readonly tokens: Revocable;
  readonly revocations: Revocations;
  /** The id of a new token that opens something. */
  readonly issue: () => Promise<string>;
}

let channels = 0;
export const newChannel = (): string => {
  channels += 1;
  return `tenant:conformance-${channels}`;
};
