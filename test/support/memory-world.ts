/**
 * The engine's ports in memory, with the same conditions as the DynamoDB adapter's, a clock that tests move, and a hook
 * before and after every call, from which a test throws to crash the caller between any two steps.
 */
import type {
  Claim,
  Clock,
  Connections,
  EventLog,
  Head,
  Lease,
  Membership,
  Places,
  PostResult,
  Revocable,
  Slot,
  Sockets,
  Subscription,
} from '../../shared/core/ports.ts';
import type { Revocation, Revocations } from '../../shared/core/revoke.ts';
import type { RoomConnections, Sessions } from '../../shared/rooms/ports.ts';
import { memoryRoomConnections, memorySessions, type RoomState, type Step } from './memory-rooms.ts';

export class Crash extends Error {}

/** How long the world's log says that it keeps events; nothing in it ever expires by itself. */
export const RETENTION_MS = 86_400_000;

/** The one epoch that a channel has in a memory world; sixteen characters, as everywhere. */
export function epochOf(channel: string): string {
  return channel
    .replace(/[^A-Za-z0-9]/g, '-')
    .padStart(16, '_')
    .slice(-16);
}

/** Thrown from `before` a call has no effect, and it waits for what `before` begins; thrown from `after` it had its effect and nobody learnt of it. */
export interface Hooks {
  before?(call: string): void | Promise<void>;
  after?(call: string): void;
}

export interface MemoryWorld {
  readonly log: EventLog;
  readonly membership: Membership;
  readonly connections: Connections;
  readonly sockets: Sockets;
  readonly places: Places;
  readonly tokens: Revocable;
  readonly revocations: Revocations;
  readonly rooms: RoomConnections;
  readonly sessions: Sessions;
  /** A name that nobody else in this world has: `drawn-1`, `drawn-2`, … */
  readonly draw: () => string;
  readonly clock: Clock & { advance(ms: number): void };
  /** Frames by connection, in the order of arrival. */
  readonly received: Map<string, string[]>;
  /** What a post to a connection answers, in turn; `sent` when nothing is left. */
  readonly answers: Map<string, PostResult[]>;
  readonly closed: string[];
  /** Connections whose `$connect` has not returned yet: whatever is asked of them is answered with `gone`. */
  readonly unopened: Set<string>;
  readonly slots: Map<string, Slot>;
  /** The same world seen by another caller, with hooks of its own. */
  as(hooks: Hooks): MemoryWorld;
}

interface State extends RoomState {
  heads: Map<string, Head>;
  slots: Map<string, Slot>;
  claims: Map<string, Claim>;
  subscriptions: Map<string, Map<string, Subscription>>;
  /** Who has taken a connection's start upon itself. */
  started: Map<string, string>;
  received: Map<string, string[]>;
  answers: Map<string, PostResult[]>;
  closed: string[];
  unopened: Set<string>;
  revoked: Set<string>;
  revocations: Map<string, { revocation: Revocation; at: number }>;
  places: Map<number, { holder: string; lease: Lease }>;
  drawn: number;
}

export function memoryWorld(hooks: Hooks = {}): MemoryWorld {
  return viewOf(
    {
      heads: new Map(),
      slots: new Map(),
      claims: new Map(),
      subscriptions: new Map(),
      connections: new Map(),
      rooms: new Map(),
      sessions: new Map(),
      drawn: 0,
      started: new Map(),
      received: new Map(),
      answers: new Map(),
      closed: [],
      unopened: new Set(),
      revoked: new Set(),
      revocations: new Map(),
      places: new Map(),
      time: { now: 1_700_000_000_000 },
    },
    hooks,
  );
}

/** Every call is one atomic step between two hooks, on a later turn of the event loop, so that callers interleave. */
export function stepUnder(hooks: Hooks): Step {
  return async (call, effect) => {
    await hooks.before?.(call);
    const result = effect();
    hooks.after?.(call);
    return result;
  };
}

function viewOf(state: State, hooks: Hooks): MemoryWorld {
  const step = stepUnder(hooks);
  const add = (channel: string, seq: number, subs: number): Head => {
    const old = state.heads.get(channel) ?? {
      epoch: epochOf(channel),
      seq: 0,
      since: state.time.now,
      subs: 0,
    };
    const head = { ...old, seq: old.seq + seq, subs: old.subs + subs };
    state.heads.set(channel, head);
    return head;
  };
  const slotKey = (channel: string, epoch: string, first: number): string => `${channel} ${epoch} ${first}`;
  const ordered = (channel: string, epoch: string): Slot[] =>
    [...state.slots]
      .filter(([key]) => key.startsWith(`${channel} ${epoch} `))
      .map(([, slot]) => slot)
      .sort((a, b) => a.first - b.first);

  const log: EventLog = {
    retentionMs: () => RETENTION_MS,
    owns: (channel, epoch) => epoch === epochOf(channel),
    reaches: (channel, epoch, seq) =>
      step('reaches', () => ordered(channel, epoch).some(({ first }) => first <= seq)),
    advance: (channel, count) => step('advance', () => add(channel, count, 0)),
    head: (channel) => step('head', () => state.heads.get(channel)),
    putSlot: (channel, epoch, slot) =>
      step('putSlot', () => {
        const key = slotKey(channel, epoch, slot.first);
        const present = state.slots.get(key);
        if (present) return JSON.stringify(present) === JSON.stringify(slot);
        state.slots.set(key, slot);
        return true;
      }),
    slots: (channel, epoch, from, to) =>
      step('slots', () => ordered(channel, epoch).filter(({ first }) => first >= from && first <= to)),
    slotAt: (channel, epoch, seq) =>
      step('slotAt', () => ordered(channel, epoch).findLast(({ first }) => first <= seq)),
    claim: (channel, name, claim) =>
      step('claim', () => {
        const held = state.claims.get(`${channel} ${name}`);
        if (held && held.epoch === claim.epoch) return held;
        state.claims.set(`${channel} ${name}`, claim);
        return 'claimed' as const;
      }),
    moveClaim: (channel, name, from, to) =>
      step('moveClaim', () => {
        const held = state.claims.get(`${channel} ${name}`);
        if (!held || held.done || held.epoch !== from.epoch || held.first !== from.first) return false;
        state.claims.set(`${channel} ${name}`, to);
        return true;
      }),
    settleClaim: (channel, name, claim) =>
      step('settleClaim', () => {
        const held = state.claims.get(`${channel} ${name}`);
        if (held?.epoch === claim.epoch && held.first === claim.first)
          state.claims.set(`${channel} ${name}`, { ...held, done: true });
      }),
  };
  const membersOf = (channel: string): Map<string, Subscription> => {
    const members = state.subscriptions.get(channel) ?? new Map<string, Subscription>();
    state.subscriptions.set(channel, members);
    return members;
  };
  return {
    log,
    membership: {
      put: (channel, subscription) =>
        step('subscribe', () => void membersOf(channel).set(subscription.connection, subscription)),
      get: (channel, connection) => step('getSubscription', () => membersOf(channel).get(connection)),
      release: (channel, connection) =>
        step('release', () => {
          const subscription = membersOf(channel).get(connection);
          if (!subscription) return false;
          const { starting: _, ...released } = subscription;
          membersOf(channel).set(connection, released);
          return true;
        }),
      delete: (channel, connection) => step('unsubscribe', () => void membersOf(channel).delete(connection)),
      bump: (channel) => step('bump', () => add(channel, 0, 1)),
      list: (channel) => step('list', () => [...membersOf(channel).values()]),
    },
    connections: {
      put: (connection) =>
        step('putConnection', () => {
          state.connections.set(connection.id, connection);
          state.rooms.delete(connection.id);
        }),
      start: (id, by) =>
        step('startConnection', () => {
          const connection = state.connections.get(id);
          const started = state.started.get(id);
          if (!connection || (started !== undefined && started !== by)) return undefined;
          state.started.set(id, by);
          return connection;
        }),
      setLive: (id, live) =>
        step('setLive', () => {
          const connection = state.connections.get(id);
          if (connection) state.connections.set(id, { ...connection, live });
        }),
      get: (id) => step('getConnection', () => state.connections.get(id)),
      delete: (id) =>
        step('deleteConnection', () => {
          state.connections.delete(id);
          state.rooms.delete(id);
        }),
      async *inPartition(partition) {
        if (partition === 0) yield* [...state.connections.values()];
      },
    },
    sockets: {
      post: (connection, frame) =>
        step('post', () => {
          const answer = state.answers.get(connection)?.shift() ?? 'sent';
          if (answer === 'sent') {
            state.received.set(connection, [...(state.received.get(connection) ?? []), frame]);
          }
          return answer;
        }),
      isOpen: (connection) =>
        step('isOpen', () => (state.answers.get(connection)?.[0] === 'gone' ? 'gone' : 'open')),
      close: (connection) =>
        step('close', () => {
          if (state.unopened.has(connection)) return 'gone' as const;
          state.closed.push(connection);
          return 'closed' as const;
        }),
    },
    tokens: { isActive: (token) => step('isActive', () => !state.revoked.has(token)) },
    revocations: {
      note: (revocation, at) =>
        step('noteRevocation', () => void state.revocations.set(revocation.token, { revocation, at })),
      mark: (token) =>
        step('markRevoked', () => {
          state.revoked.add(token);
          return new Set([token]);
        }),
      forget: (token) => step('forgetRevocation', () => void state.revocations.delete(token)),
      unfinished: (before) =>
        step('unfinishedRevocations', () =>
          [...state.revocations.values()].filter(({ at }) => at < before).map(({ revocation }) => revocation),
        ),
    },
    places: {
      held: () =>
        step('heldPlaces', () => {
          const held = [...state.places].filter(([, { lease }]) => lease.until > state.time.now);
          return new Map(held.map(([place, { lease }]) => [place, lease]));
        }),
      take: (place, holder, lease) =>
        step('takePlace', () => {
          const held = state.places.get(place);
          if (held && held.lease.until > state.time.now && held.holder !== holder) return false;
          state.places.set(place, { holder, lease });
          return true;
        }),
      free: (place, holder) =>
        step('freePlace', () => {
          if (state.places.get(place)?.holder === holder) state.places.delete(place);
        }),
    },
    rooms: memoryRoomConnections(state, step),
    sessions: memorySessions(state, step, RETENTION_MS),
    draw: () => {
      state.drawn += 1;
      return `drawn-${state.drawn}`;
    },
    clock: {
      now: () => state.time.now,
      async sleep(ms) {
        state.time.now += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
      advance(ms) {
        state.time.now += ms;
      },
    },
    received: state.received,
    answers: state.answers,
    closed: state.closed,
    unopened: state.unopened,
    slots: state.slots,
    as: (other) => viewOf(state, other),
  };
}
