/**
 * What a handshake leaves behind. The connection is written first, so that whatever is subscribed can be found from it.
 * A plain client is subscribed at once: the membership's version goes up last, so that every publish numbered after it
 * sees the subscription. A client that resumes or speaks `relay.v1` has to be told something first, and nothing can be
 * posted to it before `$connect` has returned: it is only noted here, and `start` does the rest. A crash in between
 * fails the handshake, and the sweep clears what was written.
 *
 * A token may be revoked meanwhile: it is asked after once the subscription is there, when a revocation would find it. Until
 * the handshake is answered no socket is open, so nothing of what is posted before that can have reached anybody.
 */
import { departed } from './departure.ts';
import { type Entitling, isEntitled } from './entitled.ts';
import { RelayError } from './errors.ts';
import type { Connection, Connections, Membership } from './ports.ts';

export interface Arrival extends Entitling {
  readonly connections: Connections;
  readonly membership: Membership;
}

/** Whether a start has to follow. */
export async function arrived(
  relay: Arrival,
  {
    id,
    at,
    channel,
    dialect,
    after,
    credential,
  }: Omit<Connection, 'channels' | 'live'> & { channel: string },
): Promise<boolean> {
  const isLive = dialect === 'plain' && after === undefined;
  await relay.connections.put({ id, at, channels: [channel], dialect, after, live: isLive, credential });
  if (!isLive) return true;
  await relay.membership.put(channel, { connection: id, at, credential });
  await relay.membership.bump(channel);
  if (await isEntitled(relay, credential)) return false;
  await departed(relay, id, channel);
  throw new RelayError('unauthorized', 'The token has been revoked or has expired.');
}
