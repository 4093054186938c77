/**
 * A connection subscribes. The connection is written first, so that whatever is subscribed can be found from it; the
 * membership's version goes up last, so that every publish numbered after it sees the subscription. A crash in between
 * fails the handshake, and the sweep clears what was written.
 */
import type { Connections, Head, Membership } from './ports.ts';

export interface Arrival {
  readonly connections: Connections;
  readonly membership: Membership;
}

/** Returns the seam: every event numbered after this head reaches the connection. */
export async function arrived(
  relay: Arrival,
  connection: string,
  channel: string,
  now: number,
): Promise<Head> {
  await relay.connections.put({ id: connection, at: now, channels: [channel] });
  await relay.membership.put(channel, { connection, at: now });
  return relay.membership.bump(channel);
}
