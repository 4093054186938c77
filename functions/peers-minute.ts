/** The pass over the peers that runs every minute, in parts: sessions that are due to end, sockets that are in none. */
import { passPeers } from '../shared/peers/pass.ts';
import { makeLogger } from './_edge/logger.ts';
import { measured, withoutZeros } from './_edge/metrics.ts';
import type { MinuteEvent } from './_edge/minute-event.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const relay = openPeers(openRuntime(), logger);

export async function handler(event: MinuteEvent): Promise<void> {
  const { part, of } = event.sweep;
  const { sockets, ended, strays, failed } = await passPeers(relay, part, of);
  const figures = withoutZeros({ peer_sockets: sockets });
  if (sockets > 0) logger.info('swept', { part, of, ended, strays, ...measured(figures) });
  if (failed > 0) throw new Error(`${failed} of ${sockets} sockets could not be looked after`);
}
