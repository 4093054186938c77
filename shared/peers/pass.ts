/**
 * The minute's pass over one part of the peers' sockets, by which it finds their sessions:
 *
 *   - a session that has been quiet for too long, waited alone, lasted too long, or whose token has expired is ended;
 *   - so is one whose peer has left without a word (the platform calls `$disconnect` best effort);
 *   - what somebody has left undone who died over an end is done;
 *   - a socket that is in no session is closed.
 */
import { limits } from '../core/limits.ts';
import { parallel } from '../core/parallel.ts';
import type { Arriving } from './arrival.ts';
import { dismiss, endSession, finish } from './ending.ts';
import type { PeerConnection } from './ports.ts';
import { isLeftOver, isYoung, overdue, sideOf } from './session.ts';

const WIDTH = 64;

export interface Passed {
  /** Connections on record. */
  readonly sockets: number;
  /** Sessions that were ended. */
  readonly ended: number;
  /** Sockets that were in no session. */
  readonly strays: number;
  /** Sockets that could not be looked after. */
  readonly failed: number;
}

/** Part `part` of `of`: parts share the partitions evenly and leave none out. */
export async function passPeers(relay: Arriving, part: number, of: number): Promise<Passed> {
  const passed = { sockets: 0, ended: 0, strays: 0, failed: 0 };
  for (let partition = part; partition < limits.connectionPartitions; partition += of) {
    const found: PeerConnection[] = [];
    for await (const connection of relay.connections.inPartition(partition)) found.push(connection);
    passed.sockets += found.length;
    await parallel(found, WIDTH, async (connection) => {
      const done = await lookAfter(relay, connection);
      if (done) passed[done] += 1;
    });
  }
  return passed;
}

/** What fails of one is left to the next pass: the others are due as well. */
async function lookAfter(
  relay: Arriving,
  connection: PeerConnection,
): Promise<'ended' | 'strays' | 'failed' | undefined> {
  try {
    return await look(relay, connection);
  } catch (error) {
    relay.onUnfinished(connection.id, error);
    return 'failed';
  }
}

async function look(relay: Arriving, connection: PeerConnection): Promise<'ended' | 'strays' | undefined> {
  const { id, at } = connection;
  const session = await relay.sessions.get(connection.session);
  if (!session || !sideOf(session, id)) {
    if (isYoung(relay, connection)) return undefined;
    await dismiss(relay, { connection: id, at });
    return 'strays';
  }
  if (session.ended) {
    if (isLeftOver(relay, session)) await finish(relay, session);
    return undefined;
  }
  const why = overdue(relay, session);
  if (why) return (await endSession(relay, session, why)) ? 'ended' : undefined;
  if (isYoung(relay, connection) || (await relay.sockets.isOpen(id)) !== 'gone') return undefined;
  return (await endSession(relay, session, 'gone', id)) ? 'ended' : undefined;
}
