/**
 * The arena: a game's engine publishes what happens in a session, on NATS or by webhook; front ends watch the session, and a
 * game master feeds it.
 *
 *     NATS arena.<session>.<suffix>                          one event
 *     POST /arena/{session_id}/events     X-Relay-Token      one event, or a list of 1 to 1,000
 *     WS   /ws/arena/{session_id}                            every event of that session
 *     POST /init_session, /submit_news, /arena/{session_id}/fakenews   to the engine, on NATS
 */
import * as z from 'zod/mini';
import { eventJson } from '../arena/event.ts';
import { arenaChannel, isSession, NEWS_SUFFIX, SESSION_RULE } from '../arena/subject.ts';
import { RelayError } from '../core/errors.ts';
import type { Batch, NewEvent } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import type { Surface } from './surface.ts';
import { assertFits, fieldErrors, invalid, lengthOf, onlyValue, readPosted, text } from './validation.ts';

export const arena = {
  name: 'arena',
  socketPaths: ['/ws/arena/{session_id}'],
  eventsPath: '/arena/{session_id}/events',
  newsPath: '/arena/{session_id}/fakenews',
  initPath: '/init_session',
  submitPath: '/submit_news',
  senderSecret: 'RELAY_WEBHOOK_TOKEN',
  senderHeader: 'x-relay-token',
  masterSecret: 'ARENA_TOKEN',
} as const satisfies Surface & Readonly<Record<string, unknown>>;

// --- schemas ---

const session = text.check(z.refine<string>(isSession, { error: SESSION_RULE }));

export const MOST_SUFFIX = 256;
export const SUFFIX = /^[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64})*$/;
const suffix = text.check(
  z.refine<string>((value) => value.length <= MOST_SUFFIX && SUFFIX.test(value), {
    error: `must be tokens of 1 to 64 letters, digits, "_" or "-" with dots between them, at most ${MOST_SUFFIX} characters`,
  }),
  z.refine<string>((value) => value !== NEWS_SUFFIX, { error: `must not be ${NEWS_SUFFIX}, which is input` }),
);

/** One event of a POST. */
export const arenaEvent = z.strictObject(
  {
    subject: suffix,
    data: z.unknown().check(z.refine((value) => value !== undefined, { error: 'is missing' })),
    event_id: z.optional(text.check(lengthOf(limits.nameLength))),
  },
  {
    error: (issue: { code?: string; keys?: readonly string[] }) =>
      issue.code === 'unrecognized_keys'
        ? `must have no fields but subject, data and event_id; it has ${issue.keys?.join(', ')}`
        : 'must be an object',
  },
);

const content = text.check(z.refine<string>((value) => value !== '', { error: 'must not be empty' }));
const OBJECT = { error: 'must be an object' };

export const initBody = z.looseObject({ session_id: session }, OBJECT);
export const submitBody = z.looseObject({ session_id: session, content }, OBJECT);
export const newsBody = z.looseObject({ content }, OBJECT);

// --- who asks for which session ---

/** `part`: the path's own, as the gateway decoded it. */
export function pathSession(part: string | undefined): string {
  if (part !== undefined && isSession(part)) return part;
  throw invalid([{ field: 'path session_id', message: SESSION_RULE }]);
}

/** The channel that a handshake asks for. `paths`: every value of the query's `path`. */
export function watchedChannel(paths: readonly string[]): string {
  return arenaChannel(pathSession(onlyValue(paths, 'query path')?.split('/').at(-1)));
}

// --- what the game master sends ---

export function readInit(body: unknown): string {
  return parsed(initBody, body).session_id;
}

export function readSubmission(body: unknown): { readonly session: string; readonly content: string } {
  const { session_id, content: news } = parsed(submitBody, body);
  return { session: session_id, content: assertNewsFits(news) };
}

export function readNews(body: unknown): string {
  return assertNewsFits(parsed(newsBody, body).content);
}

/** It goes to the engine as one message, which is bound as an event is. */
function assertNewsFits(news: string): string {
  const bytes = Buffer.byteLength(JSON.stringify(news));
  if (bytes <= limits.eventBytes) return news;
  const message = `is ${bytes} bytes as JSON; at most ${limits.eventBytes} are taken`;
  throw new RelayError('too-large', `The content ${message}.`, [{ field: 'content', message }]);
}

function parsed<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw invalid(fieldErrors(result.error, ''));
}

// --- events ---

/** Normalises a POST of one session: all of it or none. `key`: the sender's name for the POST. */
export function readEvents(sessionId: string, body: unknown, key: string | undefined): Batch {
  const events = readPosted(arenaEvent, body, key).map(({ event, field, name }): NewEvent => {
    const json = eventJson(event.subject, JSON.stringify(event.data));
    assertFits(json, field);
    return name === undefined ? { json } : { json, name };
  });
  return { channel: arenaChannel(sessionId), events };
}
