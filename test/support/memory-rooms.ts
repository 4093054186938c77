/** The ports of socket.io's rooms in memory, with the conditions of the DynamoDB adapters; their state is the memory world's. */
import { limits } from '../../shared/core/limits.ts';
import type { Connection } from '../../shared/core/ports.ts';
import type {
  Grant,
  Positions,
  RoomConnection,
  RoomConnections,
  Session,
  Sessions,
} from '../../shared/rooms/ports.ts';

/** What a socket.io connection has beyond what every connection has. */
export interface RoomPart {
  readonly asked: readonly string[];
  readonly grant?: Grant | undefined;
  readonly sid?: string | undefined;
  readonly session?: string | undefined;
  readonly positions: Positions;
  /** By channel, the stamp of what its client last wished of it. */
  readonly wishes: ReadonlyMap<string, number>;
  /** Who has the lease on it; its end is the connection's `heldUntil`. */
  readonly holder?: string | undefined;
  /** The channels that the holder was told of. */
  readonly told: ReadonlySet<string>;
}

export interface RoomState {
  readonly connections: Map<string, Connection>;
  readonly rooms: Map<string, RoomPart>;
  readonly sessions: Map<string, { session: Session; until: number }>;
  readonly time: { now: number };
}

/** Runs one atomic step under the name of its call. */
export type Step = <Result>(call: string, effect: () => Result) => Promise<Result>;

export function memoryRoomConnections({ connections, rooms, time }: RoomState, step: Step): RoomConnections {
  const read = (id: string): { connection: Connection; part: RoomPart } | undefined => {
    const [connection, part] = [connections.get(id), rooms.get(id)];
    return connection && part && { connection, part };
  };
  const whole = (id: string): RoomConnection | undefined => {
    const found = read(id);
    if (!found) return undefined;
    const { holder: _holder, told: _told, wishes, ...part } = found.part;
    return { ...found.connection, ...part, wishOf: (channel) => wishes.get(channel) };
  };
  const isHeld = (id: string): boolean => rooms.get(id)?.holder !== undefined;
  const credentialOf = (grant: Grant | undefined) =>
    grant?.until === undefined ? undefined : { until: grant.until };

  return {
    put: ({ id, at, asked, grant }) =>
      step('putRoomConnection', () => {
        const credential = credentialOf(grant);
        connections.set(id, { id, at, channels: [], dialect: 'socket.io', live: false, credential });
        rooms.set(id, { asked, grant, positions: new Map(), wishes: new Map(), told: new Set() });
      }),
    get: (id) => step('getRoomConnection', () => whole(id)),
    accept: (id, { sid, grant, session, hold }) =>
      step('accept', () => {
        const found = read(id);
        if (!found || (found.part.sid !== undefined && found.part.holder !== hold.by)) return false;
        const { connection, part } = found;
        connections.set(id, {
          ...connection,
          credential: credentialOf(grant),
          live: true,
          heldUntil: hold.until,
        });
        rooms.set(id, {
          ...part,
          sid,
          grant,
          positions: new Map(),
          ...(session !== undefined && { session }),
          holder: hold.by,
        });
        return true;
      }),
    addChannel: (id, channel, most) =>
      step('addChannel', () => {
        const connection = connections.get(id);
        if (!connection) return false;
        const { channels } = connection;
        if (channels.includes(channel)) return true;
        if (channels.length >= most) return false;
        connections.set(id, { ...connection, channels: [...channels, channel] });
        return true;
      }),
    removeChannel: (id, channel) =>
      step('removeChannel', () => {
        const connection = connections.get(id);
        if (!connection) return;
        connections.set(id, {
          ...connection,
          channels: connection.channels.filter((one) => one !== channel),
        });
      }),
    wish: (id, channel, stamp, most) =>
      step('wish', () => {
        const found = read(id);
        if (!found) return 'gone';
        const { wishes } = found.part;
        const last = wishes.get(channel);
        if (last === undefined && wishes.size >= most) return 'full';
        if (last !== undefined && last > stamp) return 'older';
        rooms.set(id, { ...found.part, wishes: new Map([...wishes, [channel, stamp]]) });
        return 'noted';
      }),
    hold: (id, by, until) =>
      step('hold', () => {
        const found = read(id);
        if (!found) return 'gone';
        const { connection, part } = found;
        if (part.holder !== undefined && part.holder !== by) {
          return connection.heldUntil !== undefined && connection.heldUntil <= time.now ? 'lapsed' : 'held';
        }
        connections.set(id, { ...connection, heldUntil: until });
        rooms.set(id, { ...part, holder: by });
        return whole(id) ?? 'gone';
      }),
    tell: (id, channels) =>
      step('tell', () => {
        const found = read(id);
        if (!found || !isHeld(id) || (found.connection.heldUntil ?? 0) <= time.now) return false;
        rooms.set(id, { ...found.part, told: new Set([...found.part.told, ...channels]) });
        return true;
      }),
    letGo: (id, by, positions) =>
      step('letGo', () => {
        const found = read(id);
        if (!found) return 'gone';
        const { connection, part } = found;
        if (part.holder !== by) return 'let-go';
        if (part.told.size > 0) return 'told';
        const { heldUntil: _, ...left } = connection;
        connections.set(id, left);
        rooms.set(id, { ...part, positions: new Map(positions), holder: undefined });
        return 'let-go';
      }),
    takeTold: (id, by) =>
      step('takeTold', () => {
        const part = rooms.get(id);
        if (part?.holder !== by || part.told.size === 0) return undefined;
        rooms.set(id, { ...part, told: new Set() });
        return part.told;
      }),
  };
}

/** `retentionMs`: how long the log of any channel is kept. */
export function memorySessions({ sessions, time }: RoomState, step: Step, retentionMs: number): Sessions {
  const write = (id: string, { connection, sid, since }: Session): void => {
    const kept = limits.connectionSeconds * 1_000 + (since.size > 0 ? retentionMs : 0);
    sessions.set(id, { session: { connection, sid, since: new Map(since) }, until: time.now + kept });
  };
  return {
    get: (id) =>
      step('getSession', () => {
        const found = sessions.get(id);
        return found && found.until > time.now ? found.session : undefined;
      }),
    create: (id, session) => step('createSession', () => write(id, session)),
    update: (id, session, before = session.connection) =>
      step('updateSession', () => {
        const own = sessions.get(id)?.session.connection;
        if (own !== session.connection && own !== before) return false;
        write(id, session);
        return true;
      }),
    delete: (id, connection) =>
      step('deleteSession', () => {
        if (sessions.get(id)?.session.connection === connection) sessions.delete(id);
      }),
  };
}
