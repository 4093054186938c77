/** Peer sessions in memory, with the conditions of the DynamoDB adapter, and what arrives, forwards and ends over a world. */
import { unmetered } from '../../shared/core/meter.ts';
import type { Arriving } from '../../shared/peers/arrival.ts';
import type { Forwarding } from '../../shared/peers/forward.ts';
import { boundsOf, exceeded } from '../../shared/peers/limits.ts';
import type {
  Peer,
  PeerConnection,
  PeerConnections,
  PeerLimits,
  PeerSession,
  PeerSessions,
} from '../../shared/peers/ports.ts';
import { type Hooks, type MemoryWorld, stepUnder } from './memory-world.ts';

export const TIMEOUT_MS = 300_000;

/** `items`: what several callers share. */
export function memorySessions(items: Map<string, PeerSession>, hooks: Hooks = {}): PeerSessions {
  const step = stepUnder(hooks);
  const counted = new Set<string>();
  const open = (id: string, instance: string): PeerSession | undefined => {
    const found = items.get(id);
    return found?.instance === instance && !found.ended ? found : undefined;
  };
  return {
    get: (id) => step('getSession', () => items.get(id)),
    open: (id, instance, client) =>
      step('openSession', () => {
        const found = items.get(id);
        if (found) return false;
        const bytes = { client: 0, server: 0 };
        items.set(id, { id, instance, client, lastAt: client.at, bytes, frames: 0 });
        return true;
      }),
    pair: (id, instance, server) =>
      step('pair', () => {
        const found = open(id, instance);
        if (!found || (found.server && found.server.connection !== server.connection)) return false;
        const { at } = server;
        items.set(id, { ...found, server, pairedAt: at, spentUntil: at, lastAt: at });
        return true;
      }),
    replace: (id, instance, side, absent, peer) =>
      step('replace', () => {
        const found = open(id, instance);
        const holder = found?.[side]?.connection;
        if (!found || (holder !== absent && holder !== peer.connection)) return false;
        const { at } = peer;
        items.set(id, { ...found, [side]: peer, pairedAt: at, spentUntil: at, lastAt: at });
        return true;
      }),
    count: ({ session, instance, side }, connection, frame, limits) =>
      step('count', () => {
        const found = open(session, instance);
        if (!found?.server || found[side]?.connection !== connection) return undefined;
        if (counted.has(frame.by)) return found;
        if (exceeded(limits, found, frame)) return undefined;
        counted.add(frame.by);
        const bytes = { ...found.bytes, [side]: found.bytes[side] + frame.bytes };
        const spentUntil = (found.spentUntil ?? 0) + boundsOf(limits, frame).frameMs;
        const after = { ...found, bytes, frames: found.frames + 1, spentUntil, lastAt: frame.at };
        items.set(session, after);
        return after;
      }),
    end: (id, instance, ended) =>
      step('endSession', () => {
        const found = items.get(id);
        const isOwn = found?.ended === undefined || found.ended.by === ended.by;
        if (ended.reason === 'alone' && found?.server) return undefined;
        if (found?.instance !== instance || !isOwn) return undefined;
        items.set(id, { ...found, ended });
        return { ...found, ended };
      }),
    inherit: (id, instance, from, { by, since }) =>
      step('inherit', () => {
        const found = items.get(id);
        const holder = found?.ended?.by;
        if (found?.instance !== instance || !found.ended || (holder !== from && holder !== by)) return false;
        items.set(id, { ...found, ended: { ...found.ended, by, since } });
        return true;
      }),
    remove: (id, instance) =>
      step('removeSession', () => {
        const found = items.get(id);
        if (found?.instance === instance && found.ended) items.delete(id);
      }),
  };
}

/** `items`: what several callers share. */
export function memoryConnections(items: Map<string, PeerConnection>): PeerConnections {
  return {
    async put(connection) {
      items.set(connection.id, connection);
    },
    get: async (id) => items.get(id),
    async delete(id) {
      items.delete(id);
    },
    async *inPartition(partition) {
      if (partition === 0) yield* [...items.values()];
    },
  };
}

/** `told`: every session's end that was told of. */
export function peersOn(
  world: MemoryWorld,
  items: Map<string, PeerSession>,
  told: PeerSession[] = [],
  {
    hooks = {},
    peerLimits = {},
    connections = new Map(),
  }: { hooks?: Hooks; peerLimits?: PeerLimits; connections?: Map<string, PeerConnection> } = {},
): Arriving & Forwarding {
  return {
    sessions: memorySessions(items, hooks),
    connections: memoryConnections(connections),
    sockets: world.sockets,
    clock: world.clock,
    random: () => 0.5,
    meter: unmetered,
    draw: world.draw,
    timeoutMs: TIMEOUT_MS,
    peerLimits,
    async onEnd(session) {
      told.push(session);
    },
    onUnfinished: () => undefined,
  };
}

export function peerOf(world: MemoryWorld, connection: string, until?: number): Peer {
  return { connection, at: world.clock.now(), ...(until !== undefined && { until }) };
}
