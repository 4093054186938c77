/** A plain client joins behind an event that it has seen: what it missed comes before what is published from then on. */
import type { Cursor } from '../core/cursor.ts';
import { deliverOrCut } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import { readRange } from '../core/read-log.ts';
import { type Standing, standingOf } from '../core/resume.ts';
import { catchUp } from '../core/start.ts';
import { speaker } from './feed.ts';
import { loggedFrame } from './frame.ts';
import { type Held, renew } from './lease.ts';
import type { Rooms } from './rooms.ts';

/**
 * Where the channel stands. `late`: it took too long; the client may come again behind what it has got by then. `full`: it is in as
 * many channels as a socket may be; `gone`: it has left, or was cut.
 */
export async function joinBehind(
  relay: Rooms,
  held: Held,
  channel: string,
  after: Cursor,
): Promise<Standing | 'late' | 'full' | 'gone'> {
  const { connection } = held;
  const { id } = connection;
  const standing = await standingOf(relay.log, relay.clock, channel, after);
  if (!(await relay.rooms.addChannel(id, channel, limits.roomsPerSocket))) {
    return (await relay.rooms.get(id)) ? 'full' : 'gone';
  }
  // Most of it before there is a subscription: who publishes waits for a client that is being started.
  const reached = await replay(relay, held, channel, standing);
  if (reached === undefined) return 'gone';
  if (reached.seq < standing.head.seq) {
    if (!connection.channels.includes(channel)) await relay.rooms.removeChannel(id, channel);
    return 'late';
  }
  const rest = { ...standing, from: reached };
  const isCaughtUp = await catchUp(relay, connection, channel, rest, (cursor, json) =>
    loggedFrame(channel, cursor, json, relay.roomOf),
  );
  return isCaughtUp ? standing : 'gone';
}

/** How far it got in its time; undefined where the socket was cut. */
async function replay(
  relay: Rooms,
  held: Held,
  channel: string,
  { from, head }: Standing,
): Promise<Cursor | undefined> {
  const { epoch } = head;
  const end = relay.clock.now() + limits.joinMs;
  const range = { epoch, after: from.seq, upTo: head.seq };
  let reached = from;
  for await (const { seq, json } of readRange(relay.log, relay.clock, channel, range)) {
    const cursor = { epoch, seq };
    if (json !== null) {
      const frame = loggedFrame(channel, cursor, json, relay.roomOf);
      if (!(await renew(relay, held))) return undefined;
      if (!(await deliverOrCut(relay, undefined, speaker(held.connection), [frame], end))) return undefined;
    }
    reached = cursor;
    if (relay.clock.now() >= end) break;
  }
  return reached;
}
