/**
 * The minute's pass over one part of the connections:
 *
 *   - a client of `relay.v1` gets a heartbeat with its channel's head, one of socket.io its ping, now and then, each connection
 *     in a minute of its own;
 *   - whoever is gone without a `$disconnect` (the platform calls that best effort) is asked after and cleared away;
 *   - a connection that never went live, because what follows its handshake was lost on the way, is closed;
 *   - so is one whose feeder has died, with events in its hands that may have arrived or not;
 *   - so is one whose token has expired.
 *
 * In steady state it costs one read of the connections, and one call to the gateway for each.
 */
import type { Cursor } from './cursor.ts';
import { type Delivery, deliverOrCut } from './deliver.ts';
import { departed } from './departure.ts';
import { hasExpired } from './entitled.ts';
import { heartbeatFrame } from './frames.ts';
import { limits } from './limits.ts';
import { parallel } from './parallel.ts';
import type { Connection, EventLog, Meter } from './ports.ts';

const SWEEP_WIDTH = 64;
const HEARTBEAT_MS = 10_000;

export interface Sweep extends Omit<Delivery, 'meter'> {
  readonly log: EventLog;
  /** The frame by which a socket.io client knows that its server is there. */
  readonly ping: string;
}

export interface Swept {
  /** Connections on record, those included that this pass finds to be gone. */
  readonly sockets: number;
  /** Of them, those old enough to be asked after. */
  readonly looked: number;
  /** Pings of socket.io among them. */
  readonly heartbeats: number;
  /** Found dead, by a look or by a heartbeat. */
  readonly gone: number;
  readonly stuck: number;
  readonly expired: number;
}

/** Part `part` of `of`: parts share the partitions evenly and leave none out. */
export async function sweep(sweeper: Sweep, part: number, of: number): Promise<Swept> {
  const swept = { sockets: 0, looked: 0, heartbeats: 0, gone: 0, stuck: 0, expired: 0 };
  const countGone: Meter = {
    count(what, by = 1) {
      if (what === 'gone') swept.gone += by;
    },
    deliveryMs: () => undefined,
  };
  const relay = { ...sweeper, meter: countGone };
  const headOf = rememberHeads(relay.log);
  for (let partition = part; partition < limits.connectionPartitions; partition += of) {
    const due: Connection[] = [];
    for await (const connection of relay.connections.inPartition(partition)) {
      swept.sockets += 1;
      // A 410 proves nothing while `$connect` may still be running.
      if (ageOf(relay, connection) >= limits.connectSeconds * 1_000) due.push(connection);
    }
    swept.looked += due.length;
    await parallel(due, SWEEP_WIDTH, async (connection) => {
      if (hasExpired(connection.credential, relay.clock.now())) {
        if (await end(relay, connection.id)) swept.expired += 1;
      } else if (isStuck(relay, connection)) {
        if (await end(relay, connection.id)) swept.stuck += 1;
      } else if (isDueForHeartbeat(relay, connection)) {
        if (await beat(relay, connection, headOf)) swept.heartbeats += 1;
      } else if ((await relay.sockets.isOpen(connection.id)) === 'gone') {
        if (await end(relay, connection.id)) swept.gone += 1;
      }
    });
  }
  return swept;
}

function isStuck(relay: Sweep, connection: Connection): boolean {
  const { live, heldUntil } = connection;
  if (!live && ageOf(relay, connection) >= limits.startMs) return true;
  return heldUntil !== undefined && heldUntil <= relay.clock.now();
}

function ageOf({ clock }: Sweep, { at }: Connection): number {
  return clock.now() - at;
}

/** Connections are spread over the minutes by when they came, so that no state has to be kept. */
function isDueForHeartbeat({ clock }: Sweep, { at, dialect, live }: Connection): boolean {
  if (dialect === 'plain' || !live) return false;
  const minutes = Math.floor(clock.now() / 60_000) - Math.floor(at / 60_000);
  return minutes > 0 && minutes % limits.heartbeatMinutes === 0;
}

/** A heartbeat finds out as well whether the connection is still there. */
async function beat(
  relay: Sweep & Delivery,
  { id, at, channels, dialect }: Connection,
  headOf: (channel: string) => Promise<Cursor | undefined>,
): Promise<boolean> {
  const [channel] = channels;
  const frame = dialect === 'socket.io' ? relay.ping : await headFrame(channel, headOf);
  if (frame === undefined) return false;
  const deadline = relay.clock.now() + HEARTBEAT_MS;
  return deliverOrCut(relay, channel, { connection: id, at }, [frame], deadline);
}

async function headFrame(
  channel: string | undefined,
  headOf: (channel: string) => Promise<Cursor | undefined>,
): Promise<string | undefined> {
  const head = channel === undefined ? undefined : await headOf(channel);
  return head && heartbeatFrame(head);
}

/** Should the platform have erred, the client sees a close and comes back; a socket without events would not. */
async function end(relay: Sweep, id: string): Promise<boolean> {
  const result = await relay.sockets.close(id);
  if (result !== 'closed' && result !== 'gone') return false;
  await departed(relay, id);
  return true;
}

/** One read a channel and pass, however many of its clients are due. */
function rememberHeads(log: EventLog): (channel: string) => Promise<Cursor | undefined> {
  const heads = new Map<string, Promise<Cursor | undefined>>();
  return (channel) => {
    const known = heads.get(channel) ?? log.head(channel);
    heads.set(channel, known);
    return known;
  };
}
