/** What mesh workers post, one of each kind, and how the tests of their events read it. */
import { type JobEvent, payloadOf, readJobEvents } from '../../../../shared/surfaces/mesh-jobs.ts';

export const completed = { job_id: 'j1', status: 'completed', result: { success: true } };
export const failed = { job_id: 'j1', status: 'failed' };
export const line = { event: 'log_line', job_id: 'j1', message: 'm' };
export const progress = { event: 'job_progress', job_id: 'j1', progress: 45 };
export const batch = { event: 'batch_status', batch_id: 'b1', status: 'processing' };

/** The one event of a body. */
export function read(body: unknown, query: { project_id?: string } = {}, key?: string): JobEvent {
  const [event, ...more] = readJobEvents(body, query, key);
  if (!event || more.length > 0) throw new Error('is not one event');
  return event;
}

export const payload = (body: unknown, learned?: string) => payloadOf(read(body), learned);
