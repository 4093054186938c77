/** Peer sessions in memory, with the conditions of the DynamoDB adapter, and what arrives, forwards and ends over a world. */
import { unmetered } from '../../shared/core/meter.ts';
import type { Arriving } from '../../shared/peers/arrival.ts';
import type { Forwarding, PeerLimits } from '../../shared/peers/forward.ts';
import type { Peer, PeerSession, PeerSessions } from '../../shared/peers/ports.ts';
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
        if (found) return found.instance === instance;
        const bytes = { client: 0, server: 0 };
        items.set(id, { id, instance, client, lastAt: client.at, bytes, frames: 0 });
        return true;
      }),
    pair: (id, instance, server) =>
      step('pair', () => {
        const found = open(id, instance);
        if (!found || (found.server && found.server.connection !== server.connection)) return false;
        items.set(id, { ...found, server, pairedAt: server.at, lastAt: server.at });
        return true;
      }),
    replace: (id, instance, side, absent, peer) =>
      step('replace', () => {
        const found = open(id, instance);
        const holder = found?.[side]?.connection;
        if (!found || (holder !== absent && holder !== peer.connection)) return false;
        items.set(id, { ...found, [side]: peer, pairedAt: peer.at, lastAt: peer.at });
        return true;
      }),
    count: ({ session, instance, side }, connection, { by, bytes, at }) =>
      step('count', () => {
        const found = open(session, instance);
        if (!found?.server || found[side]?.connection !== connection) return undefined;
        if (counted.has(by)) return found;
        counted.add(by);
        const sum = { ...found.bytes, [side]: found.bytes[side] + bytes };
        const after = { ...found, bytes: sum, frames: found.frames + 1, lastAt: at };
        items.set(session, after);
        return after;
      }),
    end: (id, instance, ended) =>
      step('endSession', () => {
        const found = items.get(id);
        const isOwn = found?.ended === undefined || found.ended.by === ended.by;
        if (found?.instance !== instance || !isOwn) return undefined;
        items.set(id, { ...found, ended });
        return { ...found, ended };
      }),
    inherit: (id, instance, from, by) =>
      step('inherit', () => {
        const found = items.get(id);
        const holder = found?.ended?.by;
        if (found?.instance !== instance || !found.ended || (holder !== from && holder !== by)) return false;
        items.set(id, { ...found, ended: { ...found.ended, by } });
        return true;
      }),
    remove: (id, instance) =>
      step('removeSession', () => {
        const found = items.get(id);
        if (found?.instance === instance && found.ended) items.delete(id);
      }),
  };
}

/** `told`: every session's end that was told of. */
export function peersOn(
  world: MemoryWorld,
  items: Map<string, PeerSession>,
  told: PeerSession[] = [],
  { hooks = {}, peerLimits = {} }: { hooks?: Hooks; peerLimits?: PeerLimits } = {},
): Arriving & Forwarding {
  return {
    sessions: memorySessions(items, hooks),
    membership: world.membership,
    connections: world.connections,
    sockets: world.sockets,
    clock: world.clock,
    random: () => 0.5,
    meter: unmetered,
    report: () => undefined,
    draw: world.draw,
    timeoutMs: TIMEOUT_MS,
    peerLimits,
    async onEnd(session) {
      told.push(session);
    },
  };
}

export function peerOf(world: MemoryWorld, connection: string, until?: number): Peer {
  return { connection, at: world.clock.now(), ...(until !== undefined && { until }) };
}
