/** Everything that the function of mesh jobs does for its senders. */
import { expect } from 'vitest';
import { completed, line, logOf, newId, postJob, postOne } from '../mesh-webhook.ts';
import type { Act, Watched } from './watched.ts';

/** What one event says of its job holds for the next; the same end twice is one event. */
async function postAndRepeat({ cloud }: Watched): Promise<void> {
  const [job, project] = [newId('job'), newId('p')];
  const first = await postOne(cloud, line(job, { project_id: project }));
  expect(logOf(await postOne(cloud, line(job)))).toBe(logOf(first));
  const end = await postOne(cloud, completed(job));
  expect(logOf(end)).toBe(logOf(first));
  expect(await postOne(cloud, completed(job))).toBe(end);
}

/** To refuse a signature takes a look at the secret. */
async function postUnsigned({ cloud }: Watched): Promise<void> {
  const answer = await postJob(cloud, line(newId('job')), { signature: 'sha256=wrong' });
  expect(answer.status).toBe(401);
}

export const meshJobsActs: readonly Act[] = [postAndRepeat, postUnsigned];
