/**
 * Mesh jobs: workers post how their jobs get on, front ends watch projects, batches and jobs with a socket.io client.
 *
 *     POST /api/webhooks/modal   X-Modal-Signature   a job's end, one event of a running job, or {events: [1 to 1,000]}
 *     WS   /socket.io/           socket.io           the rooms that the client joins: project_7, batch_9, job_a
 */
import type * as z from 'zod/mini';
import type { FieldError } from '../core/errors.ts';
import type { RoomEvent } from '../rooms/event.ts';
import {
  ID,
  type Id,
  idText,
  jobEnd,
  jobList,
  jobNews,
  LONGEST_ID,
  optionalId,
} from './mesh-jobs-schemas.ts';
import type { Surface } from './surface.ts';
import { assertFits, fieldErrors, invalid } from './validation.ts';

export const meshJobs = {
  name: 'mesh-jobs',
  webhookPath: '/api/webhooks/modal',
  /** JavaScript's client asks for the first unless it is told otherwise; a trailing slash may get lost on the way. */
  socketPaths: ['/socket.io/', '/socket.io'],
  signatureHeader: 'x-modal-signature',
  senderSecret: 'MODAL_WEBHOOK_SECRET',
} as const satisfies Surface & Readonly<Record<string, unknown>>;

// --- rooms ---

/** What rooms there are, in the order in which one of an event's rooms is the first. */
export const roomKinds = ['project', 'batch', 'job'] as const;

type RoomKind = (typeof roomKinds)[number];

/** `project_7` is the channel `project:7`; undefined for a text that is no room. */
export function roomChannel(room: string): string | undefined {
  const kind = roomKinds.find((name) => room.startsWith(`${name}_`));
  if (kind === undefined) return undefined;
  const id = room.slice(kind.length + 1);
  return ID.test(id) ? channelOf(kind, id) : undefined;
}

/** The room of a channel that `roomChannel` or `roomsOf` gave. */
export function channelRoom(channel: string): string {
  return channel.replace(':', '_');
}

function channelOf(kind: RoomKind, id: string): string {
  return `${kind}:${id}`;
}

// --- events ---

export interface JobEvent {
  readonly event: 'job_completed' | 'job_failed' | z.infer<typeof jobNews>['event'];
  readonly job?: string;
  /** As the sender gave it, in the body or in the query. */
  readonly project?: string;
  /** The batch whose room it goes to. */
  readonly batch?: string;
  /** Where it names no project, it belongs to the one that earlier events of its job named. */
  readonly takesLearnedProject: boolean;
  /** What was posted, but for `event` and what is the relay's, with ids as text. `payloadOf` is what clients get. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly name?: string;
}

/**
 * Normalises a POST: all of it or none.
 *
 * A body with `events` and neither `event` nor `status` is a list, of news and ends of jobs as they come. `project_id`
 * beside `events`, else in the query, is that of every event without its own.
 * `key` is the sender's name for the POST (`Idempotency-Key` or `webhook-id`).
 */
export function readJobEvents(
  body: unknown,
  query: { readonly project_id?: string | undefined },
  key: string | undefined,
): JobEvent[] {
  const asked = optionalId.safeParse(query.project_id);
  let errors = asked.success ? [] : fieldErrors(asked.error, 'query project_id');
  const list = isList(body) ? readList(body) : undefined;
  if (list) errors = errors.concat(list.errors);
  const project = list?.project ?? query.project_id;

  const events: JobEvent[] = [];
  for (const [index, item] of (list?.items ?? [body]).entries()) {
    const ofList = key !== undefined && list ? `${key}#${index}` : key;
    const { event, error } = readOne(item, project, ofList);
    if (event) events.push(event);
    else errors = errors.concat(fieldErrors(error, list ? `events[${index}]` : ''));
  }
  if (errors.length > 0) throw invalid(errors);
  for (const [index, event] of events.entries()) {
    // Its project may be learned only later: counted as the longest that there is.
    assertFits(JSON.stringify(payloadOf(event, LONGEST_ID)), list ? `events[${index}]` : 'body');
  }
  return events;
}

/** The event's one argument, without `id` and `seq`. `learned`: the project that earlier events of its job named. */
export function payloadOf(event: JobEvent, learned: string | undefined): Record<string, unknown> {
  const isEnd = event.event === 'job_completed' || event.event === 'job_failed';
  const project = isEnd ? projectOf(event, learned) : undefined;
  return { ...(project !== undefined && { project_id: project }), ...event.payload };
}

/** The event as its rooms carry it. `learned` as of `payloadOf`. */
export function roomEvent(event: JobEvent, learned: string | undefined): RoomEvent {
  return {
    event: event.event,
    payload: JSON.stringify(payloadOf(event, learned)),
    channels: roomsOf(event, learned),
    ...(event.name !== undefined && { name: event.name }),
  };
}

/** Where its channels stand among those of one event. */
export function channelRank(channel: string): number {
  return roomKinds.findIndex((kind) => channel.startsWith(`${kind}:`));
}

/** The channels that it reaches, at least one: project, batch, job, in this order. */
export function roomsOf(event: JobEvent, learned: string | undefined): string[] {
  const project = event.event === 'batch_status' ? undefined : projectOf(event, learned);
  const ids = { project, batch: event.batch, job: event.job };
  return roomKinds.flatMap((kind) => {
    const value = ids[kind];
    return value === undefined ? [] : [channelOf(kind, value)];
  });
}

function projectOf(event: JobEvent, learned: string | undefined): string | undefined {
  return event.project ?? (event.takesLearnedProject ? learned : undefined);
}

function isList(body: unknown): body is object {
  const has = (field: string) => typeof body === 'object' && body !== null && Object.hasOwn(body, field);
  return has('events') && !has('event') && !has('status');
}

function readList(body: object): {
  items: readonly unknown[];
  project: string | undefined;
  errors: FieldError[];
} {
  const strays = Object.keys(body).filter((field) => field !== 'events' && field !== 'project_id');
  const errors = strays.map((field) => ({ field, message: 'has to stand in each event' }));
  const { data, error } = jobList.safeParse(body);
  if (error) return { items: [], project: undefined, errors: [...fieldErrors(error, ''), ...errors] };
  return { items: data.events, project: idText(data.project_id), errors };
}

type Read = { event: JobEvent; error?: never } | { event?: never; error: z.core.$ZodError };

/** `project`: of an event without its own; `key`: what its sender calls it, where it has no name by itself. */
function readOne(item: unknown, project: string | undefined, key: string | undefined): Read {
  if (typeof item === 'object' && item !== null && Object.hasOwn(item, 'event')) {
    const { data, error } = jobNews.safeParse(item);
    return error ? { error } : { event: normalise(data.event, data, project, data.event_id ?? key) };
  }
  const { data, error } = jobEnd.safeParse(item);
  if (error) return { error };
  const kind = `job_${data.status}` as const;
  return { event: normalise(kind, data, project, `${kind} ${idText(data.job_id)}`) };
}

interface Ids {
  readonly project_id?: Id;
  readonly batch_id?: Id;
  readonly job_id?: Id;
  readonly [field: string]: unknown;
}

/** `id`, `seq` and `ids` are the relay's, and `event` is told apart from its payload. */
function normalise(
  kind: JobEvent['event'],
  posted: Ids,
  elsewhere: string | undefined,
  name: string | undefined,
): JobEvent {
  const { id: _id, seq: _seq, ids: _ids, event: _event, job_id, project_id, batch_id, ...kept } = posted;
  const job = idText(job_id);
  const own = idText(project_id);
  const itsBatch = idText(batch_id);
  const project = own ?? elsewhere;
  const batch = kind === 'job_progress' || kind === 'batch_status' ? itsBatch : undefined;
  return {
    event: kind,
    ...(job !== undefined && { job }),
    ...(project !== undefined && { project }),
    ...(batch !== undefined && { batch }),
    takesLearnedProject: kind !== 'job_progress' && kind !== 'batch_status',
    payload: {
      ...(own !== undefined && { project_id: own }),
      ...(itsBatch !== undefined && { batch_id: itsBatch }),
      ...(job !== undefined && { job_id: job }),
      ...kept,
    },
    ...(name !== undefined && { name }),
  };
}
