/** A worker that posts how its jobs get on, signed with the secret of the cloud. */
import { createHmac, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { parseCursor } from '../../shared/core/cursor.ts';
import type { Cloud } from './cloud.ts';
import type { Frame } from './socket-client.ts';
import { type Answer, acceptedIds, expectProblem, type Problem, sendRaw } from './webhook.ts';

export const MESH_WEBHOOK = '/api/webhooks/modal';

export type Body = string | Uint8Array<ArrayBuffer>;

export interface PostOptions {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** In place of the right one; `null`: the header is left out. */
  readonly signature?: string | null;
}

type Target = Pick<Cloud, 'httpUrl' | 'webhookToken' | 'modalSecret' | 'retryPolicy'>;

/** A job, project or batch that no other test uses. */
export function newId(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}

export function completed(job: string, fields: object = {}): object {
  return { job_id: job, status: 'completed', result: { success: true }, ...fields };
}

export function failed(job: string, fields: object = {}): object {
  return { job_id: job, status: 'failed', ...fields };
}

export function line(job: string, fields: object = {}): object {
  return { event: 'log_line', job_id: job, message: 'm', ...fields };
}

export function signatureOf(body: Body, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Posts a body as it is, signed unless it is said otherwise. */
export function postBody(
  cloud: Target,
  body: Body,
  { path = MESH_WEBHOOK, method = 'POST', headers, signature }: PostOptions = {},
): Promise<Answer> {
  const right = cloud.modalSecret === undefined ? null : signatureOf(body, cloud.modalSecret);
  const shown = signature === undefined ? right : signature;
  return sendRaw(cloud, body, {
    path,
    method,
    token: null,
    headers: { ...(shown === null ? {} : { 'x-modal-signature': shown }), ...headers },
  });
}

export function postJob(cloud: Target, posted: unknown, options?: PostOptions): Promise<Answer> {
  return postBody(cloud, JSON.stringify(posted), options);
}

/** Posts what must be accepted; the ids that were given. */
export async function postJobs(cloud: Target, posted: unknown, options?: PostOptions): Promise<string[]> {
  return acceptedIds(await postJob(cloud, posted, options));
}

/** Posts one event that must be accepted; its id. */
export async function postOne(cloud: Target, posted: unknown, options?: PostOptions): Promise<string> {
  const [id, ...others] = await postJobs(cloud, posted, options);
  expect(others).toEqual([]);
  return id ?? '';
}

/** What clients of the room that these ids are of would see of their events' places. */
export function framesOf(ids: readonly string[]): Frame[] {
  return ids.map((id) => ({ id, seq: cursorOf(id).seq }));
}

/** The log that an id is of: the ids of one room's events are of one log. */
export function logOf(id: string): string {
  return cursorOf(id).epoch;
}

function cursorOf(id: string) {
  return parseCursor(id) ?? expect.unreachable(`${id} is an id`);
}

/** A refusal that names exactly these fields. */
export function expectFields(answer: Answer, status: number, fields: readonly string[]): Problem {
  const problem = expectProblem(answer, status);
  expect(problem.errors.map(({ field }) => field)).toEqual(fields);
  return problem;
}
