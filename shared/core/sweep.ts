/**
 * The minute's pass over one part of the connections: whoever is gone without a `$disconnect` (the platform calls that
 * best effort) is asked after and cleared away.
 */
import { departed } from './departure.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import type { Clock, Connection, Connections, Membership, Sockets } from './ports.ts';

const SWEEP_WIDTH = 64;

export interface Sweep {
  readonly connections: Connections;
  readonly membership: Membership;
  readonly sockets: Sockets;
  readonly clock: Clock;
}

export interface Swept {
  readonly looked: number;
  readonly gone: number;
}

/** Part `part` of `of`: parts share the partitions evenly and leave none out. */
export async function sweep(relay: Sweep, part: number, of: number): Promise<Swept> {
  let looked = 0;
  let gone = 0;
  for (let partition = part; partition < limits.connectionPartitions; partition += of) {
    const due: Connection[] = [];
    for await (const connection of relay.connections.inPartition(partition)) {
      // A 410 proves nothing while `$connect` may still be running.
      if (relay.clock.now() - connection.at >= limits.connectSeconds * 1_000) due.push(connection);
    }
    looked += due.length;
    await parallel(due, SWEEP_WIDTH, async ({ id }) => {
      if ((await relay.sockets.isOpen(id)) !== 'gone') return;
      // Should the platform have erred, the client sees a close and comes back; a socket without events would not.
      if ((await relay.sockets.close(id)) !== 'closed') return;
      gone += 1;
      await departed(relay, id);
    });
  }
  return { looked, gone };
}
