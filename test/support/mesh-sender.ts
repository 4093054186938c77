/** A mesh worker: what it posts about its jobs, signed, and what it is answered. */
import { createHmac, randomUUID } from 'node:crypto';
import type { Cloud } from './cloud.ts';
import { type Answer, acceptedIds, sendRaw } from './webhook.ts';

export const MODAL_WEBHOOK = '/api/webhooks/modal';

export type JobEvent = Readonly<Record<string, unknown>>;

type Target = Pick<Cloud, 'httpUrl' | 'webhookToken' | 'retryPolicy' | 'modalSecret'>;

/** The value of `X-Modal-Signature` for a body. */
export function signed(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

export function sendJobs(
  cloud: Target,
  body: unknown,
  { query = '', headers = {} }: { readonly query?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { modalSecret } = cloud;
  if (modalSecret === undefined)
    throw new Error('the tests do not know MODAL_WEBHOOK_SECRET of this cloud; see docs/clouds.md');
  const text = JSON.stringify(body);
  return sendRaw(cloud, text, {
    path: `${MODAL_WEBHOOK}${query}`,
    token: null,
    headers: { 'x-modal-signature': signed(text, modalSecret), ...headers },
  });
}

/** Posts what must be accepted, an array as `{events}`; the ids that were given. */
export async function postJobs(
  cloud: Target,
  body: JobEvent | readonly JobEvent[],
  options?: { readonly query?: string; readonly headers?: Record<string, string> },
): Promise<string[]> {
  return acceptedIds(await sendJobs(cloud, Array.isArray(body) ? { events: body } : body, options));
}

/** Posts one event that must be accepted; its id. */
export async function postJob(
  cloud: Target,
  event: JobEvent,
  options?: { readonly query?: string; readonly headers?: Record<string, string> },
): Promise<string> {
  const [id = ''] = await postJobs(cloud, event, options);
  return id;
}

/** An id that no other test uses. */
export function newId(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 13)}`;
}

export function logLine(jobId: string, message: string, fields: JobEvent = {}): JobEvent {
  return { event: 'log_line', job_id: jobId, message, timestamp: '2026-11-21T12:00:00Z', ...fields };
}

export function jobProgress(jobId: string, progress: number, fields: JobEvent = {}): JobEvent {
  return {
    event: 'job_progress',
    job_id: jobId,
    progress,
    status: 'processing',
    message: 'meshing',
    ...fields,
  };
}

export function batchStatus(batchId: string, completed: number, fields: JobEvent = {}): JobEvent {
  return {
    event: 'batch_status',
    batch_id: batchId,
    status: 'processing',
    completed_jobs: completed,
    total_jobs: 10,
    ...fields,
  };
}

export function jobEnd(
  jobId: string,
  status: 'completed' | 'failed' = 'completed',
  fields: JobEvent = {},
): JobEvent {
  return {
    job_id: jobId,
    status,
    ...(status === 'completed' ? { result: { success: true } } : { error: 'out of memory' }),
    ...fields,
  };
}
