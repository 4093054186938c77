/** A sender of live events, and the checks that hold for every answer it gets. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Cloud } from './cloud.ts';
import { expectDocumented, expectDocumentedBody } from './documented.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: readonly { field: string; message: string }[];
  readonly request_id: string;
}

export interface RequestOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** `null`: the header is left out. */
  readonly token?: string | null;
}

export const WEBHOOK = '/webhook/modal';

/** A tenant that no other test uses. */
export function newTenant(prefix = 't'): string {
  return `${prefix}-${randomUUID()}`;
}

export function progress(tenant: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { type: 'progress', tenant, job_id: 'job-1', ...fields };
}

type Target = Pick<Cloud, 'httpUrl' | 'webhookToken' | 'retryPolicy'>;

/** Sends a body as it is, and holds the answer to the OpenAPI document; again where the cloud's retry policy says so. */
export async function sendRaw(
  cloud: Target,
  body: string | Uint8Array<ArrayBuffer> | undefined,
  { path = WEBHOOK, method = 'POST', headers, token = cloud.webhookToken }: RequestOptions = {},
): Promise<Answer> {
  const isNamed = ['idempotency-key', 'webhook-id'].some((name) => new Headers(headers).has(name));
  const request: RequestInit = {
    method,
    headers: {
      ...(cloud.retryPolicy?.namesPosts && !isNamed ? { 'idempotency-key': randomUUID() } : {}),
      'content-type': 'application/json',
      ...(token === null ? {} : { 'x-relay-token': token }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  };
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(`${cloud.httpUrl}${path}`, request);
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    expectDocumented({ method, path }, answer);
    if (response.ok && body !== undefined) {
      expectDocumentedBody({ method, path }, Buffer.from(body).toString());
    }
    const wait = cloud.retryPolicy?.retryAfterMs(answer.status, attempt);
    if (wait === undefined) return answer;
    await sleep(wait);
  }
}

export function send(cloud: Target, body: unknown, options?: RequestOptions): Promise<Answer> {
  return sendRaw(cloud, JSON.stringify(body), options);
}

/** Sends what must be accepted; the ids that were given. */
export async function publish(cloud: Target, body: unknown, options?: RequestOptions): Promise<string[]> {
  return acceptedIds(await send(cloud, body, options));
}

/** Sends one event that must be accepted; its id. */
export async function publishOne(cloud: Target, event: unknown, options?: RequestOptions): Promise<string> {
  const [id, ...others] = await publish(cloud, event, options);
  expect(others).toEqual([]);
  return id ?? '';
}

export function acceptedIds(answer: Answer): string[] {
  expect(answer.status, answer.text).toBe(202);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  const body: { ok: boolean; ids: string[] } = JSON.parse(answer.text);
  expect(Object.keys(body).sort()).toEqual(['ids', 'ok']);
  expect(body.ok).toBe(true);
  expect(body.ids.every((id) => typeof id === 'string' && id.length > 0)).toBe(true);
  return body.ids;
}

/** The one shape of an error, member by member. */
export function expectProblem(answer: Answer, status: number, label = ''): Problem {
  const what = `${label} ${answer.text.slice(0, 500)}`;
  expect(answer.status, what).toBe(status);
  expect(answer.headers.get('content-type'), what).toMatch(/^application\/problem\+json(;|$)/);
  const problem: Problem = JSON.parse(answer.text);
  expect(Object.keys(problem).sort(), what).toEqual(
    ['detail', 'errors', 'request_id', 'status', 'title', 'type'].sort(),
  );
  expect(problem.status, what).toBe(status);
  for (const member of ['type', 'title', 'detail', 'request_id'] as const) {
    expect(typeof problem[member], `${member} in ${what}`).toBe('string');
    expect(problem[member], `${member} in ${what}`).not.toBe('');
  }
  expect(Array.isArray(problem.errors), what).toBe(true);
  for (const error of problem.errors) {
    expect(Object.keys(error).sort(), what).toEqual(['field', 'message']);
    expect(typeof error.field, what).toBe('string');
    expect(error.message, what).toMatch(/\S/);
  }
  expectNoInternals(answer.text);
  return problem;
}

/** No stack trace, no file name and no name of what is inside. */
export function expectNoInternals(text: string): void {
  expect(text).not.toMatch(/\n?\s+at .*[:(]\d+/);
  expect(text).not.toMatch(
    /node_modules|\.[cm]?[jt]s:\d|\/var\/task|ZodError|SyntaxError|TypeError|DynamoDB/,
  );
}
