/** The ports of socket.io's rooms in memory, with the conditions of the DynamoDB adapters; their state is the memory world's. */
import { limits } from '../../shared/core/limits.ts';
import type { Connection } from '../../shared/core/ports.ts';
import type {
  Grant,
  Places,
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
  readonly places: Places;
  readonly news: number;
  /** Who feeds it; the end of that lease is the connection's `heldUntil`. */
  readonly holder?: string | undefined;
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
    const { holder: _, ...part } = found.part;
    return { ...found.connection, ...part };
  };
  const isHeld = (id: string): boolean => rooms.get(id)?.holder !== undefined;
  const credentialOf = (grant: Grant | undefined) =>
    grant?.until === undefined ? undefined : { until: grant.until };

  return {
    put: ({ id, at, asked, grant }) =>
      step('putRoomConnection', () => {
        const credential = credentialOf(grant);
        connections.set(id, { id, at, channels: [], dialect: 'socket.io', live: false, credential });
        rooms.set(id, { asked, grant, places: new Map(), news: 0 });
      }),
    get: (id) => step('getRoomConnection', () => whole(id)),
    accept: (id, { sid, grant, session, hold }) =>
      step('accept', () => {
        const found = read(id);
        if (!found || (found.part.sid !== undefined && found.part.sid !== sid)) return false;
        const { connection, part } = found;
        connections.set(id, {
          ...connection,
          credential: credentialOf(grant),
          ...(hold && { heldUntil: hold.until }),
        });
        rooms.set(id, {
          ...part,
          sid,
          grant,
          places: new Map(),
          ...(session !== undefined && { session }),
          ...(hold && { holder: hold.by }),
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
    tell: (id) =>
      step('tell', () => {
        const found = read(id);
        if (!found || !isHeld(id) || (found.connection.heldUntil ?? 0) <= time.now) return false;
        rooms.set(id, { ...found.part, news: found.part.news + 1 });
        return true;
      }),
    letGo: (id, by, places, news) =>
      step('letGo', () => {
        const found = read(id);
        if (!found) return 'gone';
        const { connection, part } = found;
        if (part.holder !== by) return 'let-go';
        if (part.news !== news) return part.news;
        const { heldUntil: _, ...left } = connection;
        connections.set(id, left);
        rooms.set(id, { ...part, places: new Map(places), holder: undefined });
        return 'let-go';
      }),
  };
}

/** `retentionMs`: how long the log of any channel is kept. */
export function memorySessions({ sessions, time }: RoomState, step: Step, retentionMs: number): Sessions {
  const write = (id: string, { connection, since }: Session): void => {
    const kept = limits.connectionSeconds * 1_000 + (since.size > 0 ? retentionMs : 0);
    sessions.set(id, { session: { connection, since: new Map(since) }, until: time.now + kept });
  };
  return {
    get: (id) =>
      step('getSession', () => {
        const found = sessions.get(id);
        return found && found.until > time.now ? found.session : undefined;
      }),
    put: (id, session) => step('putSession', () => write(id, session)),
    update: (id, session) =>
      step('updateSession', () => {
        if (sessions.get(id)?.session.connection !== session.connection) return false;
        write(id, session);
        return true;
      }),
    delete: (id) => step('deleteSession', () => void sessions.delete(id)),
  };
}
