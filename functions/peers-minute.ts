/** The pass over the peers that runs every minute, in parts: sessions that are due to end, sockets that are in none. */
import { passPeers } from '../shared/peers/pass.ts';
import { makeLogger } from './_edge/logger.ts';
import { measured, withoutZeros } from './_edge/metrics.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const relay = openPeers(openRuntime(), logger);

/** The schedule's input: which part of how many this run does. */
interface MinuteEvent {
  readonly sweep: { readonly part: number; readonly of: number };
}

export async function handler(event: MinuteEvent): Promise<void> {
  const { part, of } = event.sweep;
  const { sockets, ended, strays } = await passPeers(relay, part, of);
  const figures = withoutZeros({ peer_sockets: sockets });
  if (sockets > 0) logger.info('swept', { part, of, ended, strays, ...measured(figures) });
}
