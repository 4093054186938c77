/**
 * Live events: cloud jobs post webhooks, desktop apps watch their tenant's events.
 *
 *     POST /webhook/modal   X-Relay-Token              one event, or a list of 1 to 1,000
 *     WS   /stream?tenant=  Authorization: Bearer      every event of that tenant
 *     GET  /stream/sse?tenant=  the same               the same as server-sent events
 */
import * as z from 'zod/mini';
import type { Batch, NewEvent } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import type { Surface } from './surface.ts';
import {
  assertFits,
  fieldErrors,
  invalid,
  lengthOf,
  onlyValue,
  readPosted,
  saying,
  text,
} from './validation.ts';

export const liveEvents = {
  name: 'live-events',
  socketPaths: ['/stream'],
  ssePath: '/stream/sse',
  senderSecret: 'RELAY_WEBHOOK_TOKEN',
  senderHeader: 'x-relay-token',
  clientSecret: 'ACCEPT_CLIENT_BEARER',
} as const satisfies Surface & Readonly<Record<string, unknown>>;

// --- schema ---

const MOST_ARTIFACTS = 10_000;
/** No control, format, surrogate, private-use or unassigned characters, no separators: nothing invisible. */
const TENANT = /^[^\p{C}\p{Z}]{1,128}$/u;
const tenant = z
  .string(saying('must be a string'))
  .check(z.regex(TENANT, 'must be 1 to 128 printable characters without spaces'));
const number = z.number(saying('must be a number'));

/** One event of a POST. */
export const webhookEvent = z.looseObject(
  {
    type: z.enum(
      ['status', 'progress', 'job_completed'],
      saying('must be one of status, progress, job_completed'),
    ),
    tenant,
    job_id: text.check(lengthOf(1_024)),
    event_id: z.optional(text.check(lengthOf(limits.nameLength))),
    progress_percent: z.optional(number),
    current_step: z.optional(number),
    total_steps: z.optional(number),
    node_id: z.optional(z.union([z.string(), z.number()], { error: 'must be a string or a number' })),
    // Bounded before its elements are looked at; 102,400 bytes hold fewer than this anyway.
    artifacts: z.optional(
      z.pipe(
        z
          .array(z.unknown(), { error: 'must be a list' })
          .check(z.maxLength(MOST_ARTIFACTS, `must have at most ${MOST_ARTIFACTS} items`)),
        z.array(
          z.looseObject({ url: text, filename: z.optional(text) }, { error: 'must be an object with a url' }),
        ),
      ),
    ),
  },
  { error: 'must be an object' },
);

type WebhookEvent = z.infer<typeof webhookEvent>;

// --- channels ---

export function tenantChannel(tenantId: string): string {
  return `tenant:${tenantId}`;
}

/** The channel that a handshake asks for. `values`: every value of the query's `tenant`. */
export function streamChannel(values: readonly string[]): string {
  const field = 'query tenant';
  const value = onlyValue(values, field);
  if (value === undefined) throw invalid([{ field, message: 'is missing' }]);
  const parsed = tenant.safeParse(value);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error, field));
  return tenantChannel(parsed.data);
}

// --- events ---

/**
 * Normalises a POST: all of it or none.
 * `key` is the sender's name for the POST (`Idempotency-Key` or `webhook-id`), `ts` the time of acceptance, ISO 8601.
 * Returns one batch a tenant, and for each event of the POST where it went.
 */
export function readWebhook(
  body: unknown,
  key: string | undefined,
  ts: string,
): { batches: Batch[]; places: { batch: number; index: number }[] } {
  const batches = new Map<string, { batch: number; channel: string; events: NewEvent[] }>();
  const places = readPosted(webhookEvent, body, key).map(({ event, field, name }) => {
    const channel = tenantChannel(event.tenant);
    const entry = batches.get(channel) ?? { batch: batches.size, channel, events: [] };
    batches.set(channel, entry);
    const json = normalise(event, ts, field);
    return {
      batch: entry.batch,
      index: entry.events.push(name === undefined ? { json } : { json, name }) - 1,
    };
  });
  return { batches: [...batches.values()], places };
}

/** `id`, `seq` and `ts` are the relay's; a sender's `id` is kept as `event_id` where it sent none. */
function normalise(event: WebhookEvent, ts: string, field: string): string {
  const { id, seq: _seq, ts: _ts, ...kept } = event;
  const eventId = kept.event_id === undefined && id !== undefined ? { event_id: id } : {};
  const json = JSON.stringify({ ...kept, ...eventId, ts });
  assertFits(json, field);
  return json;
}
