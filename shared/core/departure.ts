/**
 * A connection is gone: its subscriptions end, then it is forgotten. The connection goes last, so that a crash in between
 * leaves something from which the sweep finishes the work.
 */
import type { Connections, Membership } from './ports.ts';

export interface Departure {
  readonly connections: Connections;
  readonly membership: Membership;
}

/**
 * `channel`: where the caller met the connection; used when the connection itself is already forgotten, so that a
 * subscription without its connection cannot stay behind.
 */
export async function departed(relay: Departure, id: string, channel?: string): Promise<void> {
  const connection = await relay.connections.get(id);
  const channels = new Set(connection?.channels);
  if (channel !== undefined) channels.add(channel);
  for (const each of channels) {
    await relay.membership.delete(each, id);
    await relay.membership.bump(each);
  }
  if (connection) await relay.connections.delete(id);
}
