/**
 * The three that meet at the hook backend: a web app that has a user and gives out tokens, a command-line tool that posts with
 * one, and whoever watches by socket or stream. What they print on failure holds no token.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cloud } from './cloud.ts';
import { can } from './needs.ts';
import { type Frame, openAt, SocketClient } from './socket-client.ts';
import { openSse, type SseClient } from './sse-client.ts';
import { type Answer, expectProblem, type Problem, sendRaw } from './webhook.ts';

export const RT = '/api/rt';
export const SSE = '/api/sse';
export const CLI = 'POST /api/webhook/cli';

export interface User {
  readonly userId: string;
  readonly session: string;
}

export interface HookToken {
  readonly token: string;
  readonly tokenId: string;
  readonly userId: string;
  /** Epoch seconds. */
  readonly exp: number;
}

export type Headers = Readonly<Record<string, string>>;

export function bearer(token: string): Headers {
  return { authorization: `Bearer ${token}` };
}

/** A text without the tokens in it. */
export function redacted(text: string): string {
  return text.replace(/\b(hook|session|ticket)_[A-Za-z0-9]+_[\w-]+/g, '$1_…');
}

interface CallOptions {
  readonly headers?: Headers;
  /** A text is sent as it is, anything else as JSON; without one there is no body. */
  readonly body?: unknown;
}

/** Calls a route such as `POST /api/token`; again where the cloud's retry policy says so. */
export function call(cloud: Cloud, route: string, { headers = {}, body }: CallOptions = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ');
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return sendRaw(cloud, text, { method, path, headers, token: null });
}

/** The JSON object of an answer of 200, which has these members and no others. */
export function granted(answer: Answer, members: readonly string[]): Record<string, unknown> {
  expect(answer.status, redacted(answer.text)).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  const body: Record<string, unknown> = JSON.parse(answer.text);
  expect(Object.keys(body).sort()).toEqual([...members].sort());
  return body;
}

/** The error shape; what is lacking at 401 is named. */
export function expectRefused(answer: Answer, status: number, label = ''): Problem {
  const problem = expectProblem({ ...answer, text: redacted(answer.text) }, status, label);
  if (status === 401) {
    expect(
      problem.errors.map(({ field }) => field),
      label,
    ).toEqual(['header Authorization']);
  }
  return problem;
}

/** The fields that a 400 names. */
export function wrongFields(answer: Answer): string[] {
  return expectRefused(answer, 400).errors.map(({ field }) => field);
}

export function toUser(answer: Answer): User {
  const { user_id, session_token } = granted(answer, ['user_id', 'session_token']);
  return { userId: String(user_id), session: String(session_token) };
}

export async function newUser(cloud: Cloud): Promise<User> {
  return toUser(await call(cloud, 'POST /api/user'));
}

export function toHookToken(answer: Answer): HookToken {
  const body = granted(answer, ['token', 'token_id', 'user_id', 'type', 'exp']);
  expect(body.type).toBe('hook');
  return {
    token: String(body.token),
    tokenId: String(body.token_id),
    userId: String(body.user_id),
    exp: Number(body.exp),
  };
}

export async function issueToken(cloud: Cloud, { session }: User, body?: unknown): Promise<HookToken> {
  return toHookToken(await call(cloud, 'POST /api/token', { headers: bearer(session), body }));
}

export function tryToRevoke(cloud: Cloud, { session }: User, body: unknown): Promise<Answer> {
  return call(cloud, 'POST /api/token/revoke', { headers: bearer(session), body });
}

export async function revoke(cloud: Cloud, user: User, body: unknown): Promise<void> {
  expect(granted(await tryToRevoke(cloud, user, body), ['ok']).ok).toBe(true);
}

export async function newTicket(cloud: Cloud, { session }: User): Promise<string> {
  const body = granted(await call(cloud, 'POST /api/ticket', { headers: bearer(session) }), [
    'ticket',
    'expires_in',
  ]);
  expect(body.expires_in).toBe(30);
  return String(body.ticket);
}

export function hookEvent(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { event_type: 'task_progress', ts: '2026-11-21T12:00:00Z', payload: { percent: 40 }, ...fields };
}

/** Posts as a command-line tool does. */
export function postCli(cloud: Cloud, token: string, body: unknown, headers: Headers = {}): Promise<Answer> {
  return call(cloud, CLI, { headers: { ...bearer(token), ...headers }, body });
}

/** Posts an event that must be accepted; its `event_id`. */
export async function postEvent(
  cloud: Cloud,
  token: string,
  fields: Record<string, unknown> = {},
  headers: Headers = {},
): Promise<string> {
  const body = granted(await postCli(cloud, token, hookEvent(fields), headers), ['ok', 'event_id']);
  expect(body.ok).toBe(true);
  expect(body.event_id).toEqual(expect.stringMatching(/./));
  return String(body.event_id);
}

/** Opens a socket by header; `query` begins with a question mark. */
export function openRt(
  cloud: Cloud,
  token: string,
  query = '',
  protocols: readonly string[] = [],
): Promise<SocketClient> {
  return openAt(cloud, `${RT}${query}`, { ...bearer(token) }, protocols);
}

/** What a handshake that must fail was answered with; again where the cloud's retry policy says so. */
export async function refusedHandshake(
  cloud: Cloud,
  path: string,
  headers: Headers = {},
  protocols: readonly string[] = [],
): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const { status } = await new SocketClient(cloud.socketUrl(path), { ...headers }, { protocols }).refused();
    const wait = cloud.retryPolicy?.retryAfterMs(status, attempt);
    if (wait === undefined) return status;
    await sleep(wait);
  }
}

/** A refusal with this status, or with any where the cloud does not pass the function's on. */
export async function expectHandshakeRefused(
  cloud: Cloud,
  status: number,
  path: string,
  headers: Headers = {},
  protocols: readonly string[] = [],
): Promise<void> {
  const actual = await refusedHandshake(cloud, path, headers, protocols);
  if (can('refusal-status')) expect(actual).toBe(status);
  else expect(actual).toBeGreaterThanOrEqual(400);
}

/** Opens a stream by header, and waits until it stands; `query` begins with a question mark. */
export async function openEvents(
  cloud: Cloud,
  token: string,
  { query = '', lastEventId = '' }: { readonly query?: string; readonly lastEventId?: string } = {},
): Promise<SseClient> {
  const client = await openSse(cloud, `${SSE}${query}`, { headers: { ...bearer(token) }, lastEventId });
  await expectStream(client);
  return client;
}

/** Opens a stream by ticket, as an EventSource does, and waits until it stands. */
export async function openByTicket(cloud: Cloud, ticket: string, lastEventId = ''): Promise<SseClient> {
  const client = await openSse(cloud, `${SSE}?ticket=${ticket}`, { headers: {}, lastEventId });
  await expectStream(client);
  return client;
}

async function expectStream(client: SseClient): Promise<void> {
  if (client.status !== 200) await client.ended();
  expect(client.status, redacted(client.text)).toBe(200);
  await client.standing();
}

/** What a request for a stream that must be refused was answered with. */
export async function refusedStream(cloud: Cloud, path: string, headers: Headers = {}): Promise<Answer> {
  const client = await openSse(cloud, path, { headers: { ...headers } });
  if (client.status === 200) await client.close();
  else await client.ended();
  return client;
}

export interface Watched extends HookToken {
  readonly user: User;
  readonly socket: SocketClient;
}

/** A user with a token, and a socket that watches. */
export async function watched(cloud: Cloud): Promise<Watched> {
  const user = await newUser(cloud);
  const token = await issueToken(cloud, user);
  return { ...token, user, socket: await openRt(cloud, user.session) };
}

/** Posts one after another; their event ids. */
export async function postMany(
  cloud: Cloud,
  { token }: Pick<HookToken, 'token'>,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await postEvent(cloud, token, { payload: { n } }));
  return ids;
}

/** The event ids of those frames that are events. */
export function eventIds(frames: readonly Frame[]): unknown[] {
  return frames.filter(({ seq }) => seq !== undefined).map(({ event_id }) => event_id);
}
