/**
 * Hook backend: command-line tools post what they are at, web apps watch the events of their own user.
 *
 *     POST /api/user           an anonymous user, with a session
 *     GET  /api/me             session   the user and their hook tokens
 *     POST /api/token          session   a hook token
 *     POST /api/token/revoke   session   takes a token back
 *     POST /api/ticket         session   lets a browser in that can send no header
 *     POST /api/webhook/cli    hook      one event
 *     WS   /api/rt             session, hook, or a ticket: every event of that user
 *     GET  /api/sse            the same as server-sent events
 */
import * as z from 'zod/mini';
import { RelayError } from '../core/errors.ts';
import type { Batch } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import type { Surface } from './surface.ts';
import { fieldErrors, invalid, lengthOf, saying, text } from './validation.ts';

export const hookBackend = {
  name: 'hook-backend',
  socketPaths: ['/api/rt'],
  ssePath: '/api/sse',
  /** What a hook token may do. */
  scopes: ['webhook'],
} as const satisfies Surface & { scopes: readonly string[] };

export function userChannel(user: string): string {
  return `user:${user}`;
}

// --- schemas ---

const object = { error: 'must be an object' };

/** Of requests that carry nothing but who makes them. */
export const noFields = z.object({}, object);

const { longest } = limits.hookTokenSeconds;

export const tokenRequest = z.object(
  {
    ttl_seconds: z.optional(
      z
        .int({ error: 'must be a whole number of seconds' })
        .check(z.minimum(1, 'must be at least 1'), z.maximum(longest, `must be at most ${longest}`)),
    ),
  },
  object,
);

export const revokeRequest = z.object({ token: z.optional(text), token_id: z.optional(text) }, object).check(
  z.refine(({ token, token_id }) => (token === undefined) !== (token_id === undefined), {
    error: 'must have either token or token_id',
  }),
);

export const cliEvent = z.object(
  {
    event_type: z.enum(
      ['task_started', 'task_progress', 'task_succeeded', 'task_failed', 'log'],
      saying('must be one of task_started, task_progress, task_succeeded, task_failed, log'),
    ),
    event_id: z.optional(text.check(lengthOf(limits.nameLength))),
    ts: text.check(z.refine(isIsoTime, { error: 'must be a date or a date and time as in ISO 8601' })),
    payload: z.unknown().check(z.refine((value) => value !== undefined, { error: 'is missing' })),
  },
  object,
);

/** Reads a body by one of the schemas; an error names each wrong field. */
export function readBody<Shape extends z.ZodMiniType>(shape: Shape, body: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(body);
  if (!parsed.success) throw invalid(fieldErrors(parsed.error, ''));
  return parsed.data;
}

// --- events ---

/**
 * Normalises an event of `user`. `key`: the sender's name for the POST; `madeId`: the event's id where it has none, always the same for
 * the same key, so that a repeat is answered like the first.
 */
export function readCliEvent(
  body: unknown,
  user: string,
  key: string | undefined,
  madeId: string,
): { eventId: string; batch: Batch } {
  const { event_type, event_id, ts, payload } = readBody(cliEvent, body);
  const bytes = Buffer.byteLength(JSON.stringify(payload));
  if (bytes > limits.payloadBytes) {
    const message = `is ${bytes} bytes; at most ${limits.payloadBytes} are taken`;
    throw new RelayError('too-large', `The payload ${message}.`, [{ field: 'payload', message }]);
  }
  const eventId = event_id ?? madeId;
  const name = event_id ?? key;
  const json = JSON.stringify({ event_type, event_id: eventId, ts, payload });
  const event = name === undefined ? { json } : { json, name };
  return { eventId, batch: { channel: userChannel(user), events: [event] } };
}

/** The lookaheads: a date, and a time of day, is in one of the two forms throughout. */
const TIME =
  /^(?!\d{4}-\d{4}|\d{6}-)(\d{4})-?(\d{2})-?(\d{2})(?:[Tt](?!\d{2}:\d{4}|\d{4}:)(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d{1,9})?)?)?(?:[Zz]|[+-](\d{2})(?::?(\d{2}))?)?)?$/;

/** A date of the calendar, with or without a time of day and an offset, in the extended or the basic form. */
function isIsoTime(value: string): boolean {
  const [, year, month, day, ...time] = (TIME.exec(value) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  // Hours, minutes, seconds (a leap second is one), then hours and minutes of the offset; NaN stands for what is not there.
  return [23, 59, 60, 23, 59].every((most, index) => !((time[index] ?? 0) > most));
}

function daysOf(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
