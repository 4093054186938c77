/**
 * What must hold after a storm, whatever struck: a line for each promise that was broken. Rows X2 to X4 of the contracts, and what
 * they say of plain clients.
 */
import { OVERTAKING_MS } from '../../../local/gateway/connection.ts';
import type { LogEntry } from '../../../shared/core/read-log.ts';
import type { Session } from './listener.ts';
import type { Sent } from './sender.ts';
import type { Aftermath } from './storm.ts';

/** A close reaches a client after the answer reached the sender; until then the client thinks itself connected. */
const GRACE_MS = 5_000;

interface Place {
  readonly seq: number;
  /** The event's own word; undefined for a void. */
  readonly event: string | undefined;
}

export function brokenPromises({ sent, sessions, logs, left, readings }: Aftermath): string[] {
  const broken: string[] = [];
  const overtakenMs = readings.overtakingPosts ? OVERTAKING_MS : 0;
  for (const [tenant, entries] of logs) {
    const places = entries.map(toPlace);
    const own = sent.filter((each) => each.tenant === tenant);
    broken.push(
      ...dense(tenant, places),
      ...accepted(own, places),
      ...named(own, places),
      ...nothingUnasked(tenant, own, places),
    );
    for (const session of sessions.filter((each) => each.tenant === tenant)) {
      broken.push(...isolated(session, places), ...delivered(session, own, overtakenMs));
      // Where answered posts overtake one another, order is by `seq` alone.
      if (!readings.overtakingPosts) broken.push(...ordered(session, own));
    }
  }
  // An id that never was a connection is then no more than forbidden; such items end by their time to live.
  if (left > 0 && !readings.forbiddenUnknownIds) broken.push(`${left} connections are never cleared away`);
  return broken;
}

function toPlace({ seq, json }: LogEntry): Place {
  return { seq, event: json === null ? undefined : JSON.parse(json).event };
}

/** Every number up to the head is an event or a void. */
function dense(tenant: string, places: readonly Place[]): string[] {
  return places.flatMap(({ seq }, index) =>
    seq === index + 1 ? [] : [`${tenant}: the log has ${seq} where ${index + 1} is due`],
  );
}

function seqOf(id: string): number {
  return Number(id.split('.')[1]);
}

/** What was answered with 202 is in the log, under the id of the answer. */
function accepted(sent: readonly Sent[], places: readonly Place[]): string[] {
  return sent.flatMap(({ events, ids }) =>
    events.flatMap((event, index) => {
      const found = places[seqOf(ids[index] ?? '') - 1]?.event;
      return found === event ? [] : [`${event} was accepted as ${ids[index]}, where the log has ${found}`];
    }),
  );
}

/** A named event is in the log once, and every answer about it gives the same id. */
function named(sent: readonly Sent[], places: readonly Place[]): string[] {
  const times = new Map<string, number>();
  for (const { event } of places) if (event !== undefined) times.set(event, (times.get(event) ?? 0) + 1);
  const idOf = new Map<string, string | undefined>();
  return sent.flatMap(({ name, events, ids }) =>
    events.flatMap((event, index) => {
      if (name === undefined) return [];
      const broken: string[] = [];
      if ((times.get(event) ?? 0) > 1)
        broken.push(`${event} was named, and is in the log ${times.get(event)} times`);
      if (idOf.has(event) && idOf.get(event) !== ids[index])
        broken.push(`${event} was answered as ${idOf.get(event)} and as ${ids[index]}`);
      idOf.set(event, ids[index]);
      return broken;
    }),
  );
}

/** The log has nothing that nobody sent, and of an event without a name no more copies than there were attempts. */
function nothingUnasked(tenant: string, sent: readonly Sent[], places: readonly Place[]): string[] {
  const allowed = new Map<string, number>();
  for (const { events, name, attempts } of sent)
    for (const event of events) allowed.set(event, name === undefined ? attempts : 1);
  return places.flatMap(({ seq, event }) => {
    if (event === undefined) return [];
    const rest = (allowed.get(event) ?? 0) - 1;
    allowed.set(event, rest);
    return rest < 0 ? [`${tenant}: ${event} at ${seq} is more than was sent`] : [];
  });
}

/** A client sees its own channel's events only, each as the log has it. */
function isolated({ tenant, frames }: Session, places: readonly Place[]): string[] {
  return frames.flatMap((frame) => {
    if (frame.tenant !== tenant) return [`${tenant}: a client was sent an event of ${frame.tenant}`];
    const found = places[frame.seq - 1]?.event;
    return found === frame.event
      ? []
      : [`${tenant}: ${frame.event} was sent as ${frame.seq}, which is ${found}`];
  });
}

/**
 * At least once while connected: a client that misses an event is cut, and sees nothing after what it missed. The close itself may
 * take its time to arrive, as a client has to answer it. Where answered posts overtake one another, the socket may close (at its two
 * hours, say) on one that has been overtaken: `overtakenMs` says for how long that can be.
 */
function delivered(
  { tenant, frames, openedAt, closedAt, code }: Session,
  sent: readonly Sent[],
  overtakenMs: number,
): string[] {
  const got = new Set(frames.map(({ id }) => id));
  const received = sent.filter(({ ids }) => ids.some((id) => got.has(id)));
  const lastSince = Math.max(...received.map(({ since }) => since));
  return sent
    .filter(({ since }) => openedAt < since && since < (closedAt ?? Infinity))
    .flatMap(({ events, ids, acceptedAt }) => {
      const missing = events.filter((_, index) => !got.has(ids[index] ?? ''));
      if (missing.length === 0) return [];
      const closedAfterMs = closedAt === undefined ? Infinity : closedAt - acceptedAt;
      if (lastSince < acceptedAt + overtakenMs && closedAfterMs < GRACE_MS) return [];
      return [
        `${tenant}: ${missing} (${ids}) never reached a client that saw later events or stayed: closed ${closedAfterMs} ms later with ${code}`,
      ];
    });
}

/** In order for the events of one POST, and for POSTs that one sender made one after the other's answer. */
function ordered({ tenant, frames }: Session, sent: readonly Sent[]): string[] {
  const orderOf = new Map<string, [sender: string, order: number]>();
  for (const { events, ids } of sent) {
    for (const [index, event] of events.entries()) {
      const [sender = '', n, part] = event.split('.');
      orderOf.set(ids[index] ?? '', [sender, Number(n) * 1_000 + Number(part)]);
    }
  }
  const last = new Map<string, number>();
  const seen = new Set<string>();
  return frames.flatMap(({ id, event }) => {
    const place = orderOf.get(id);
    if (!place || seen.has(id)) return [];
    seen.add(id);
    const [sender, order] = place;
    const isLate = order < (last.get(sender) ?? 0);
    last.set(sender, Math.max(order, last.get(sender) ?? 0));
    return isLate ? [`${tenant}: ${event} came after a later event of its sender`] : [];
  });
}
