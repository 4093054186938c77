/** Which posted events are one, and which project they belong to (contract rows M3, X3). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  completed,
  failed,
  line,
  logOf,
  MESH_WEBHOOK,
  newId,
  postJob,
  postJobs,
  postOne,
} from '../support/mesh-webhook.ts';
import { needs } from '../support/needs.ts';
import { expectProblem } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

describe('one event', () => {
  const another = { 'idempotency-key': 'another' };

  test('is the same end of the same job, however it is posted again', async () => {
    const job = newId('job');
    const first = await postOne(cloud, completed(job));
    expect(await postOne(cloud, completed(job))).toBe(first);
    expect(await postOne(cloud, completed(job, { cost: 1 }), { headers: another })).toBe(first);
    expect(await postJobs(cloud, { events: [completed(job), completed(job)] })).toEqual([first, first]);
    expect(await postOne(cloud, failed(job))).not.toBe(first);
  });

  test('is the same end posted ten times at once', async () => {
    const job = newId('job');
    const ids = await Promise.all(Array.from({ length: 10 }, () => postOne(cloud, completed(job))));
    expect(new Set(ids).size).toBe(1);
  });

  test.each(['idempotency-key', 'webhook-id'])('is what has the same %s', async (header) => {
    const job = newId('job');
    const headers = { [header]: newId('key') };
    const first = await postOne(cloud, line(job), { headers });
    expect(await postOne(cloud, line(job), { headers })).toBe(first);
    expect(await postOne(cloud, line(job), { headers: { [header]: newId('key') } })).not.toBe(first);
  });

  test('is what has the same event_id, which goes before the header', async () => {
    const job = newId('job');
    const first = await postOne(cloud, line(job, { event_id: 'e1' }));
    expect(await postOne(cloud, line(job, { event_id: 'e1' }), { headers: another })).toBe(first);
  });

  test('of a list is what stands at the same place under the same name', async () => {
    const job = newId('job');
    const headers = { 'idempotency-key': newId('key') };
    const list = { events: [line(job), completed(job), line(job)] };
    const ids = await postJobs(cloud, list, { headers });
    expect(await postJobs(cloud, list, { headers })).toEqual(ids);
    expect(new Set(ids).size).toBe(3);
  });

  test('is not another one of the same text that has no name', async () => {
    const job = newId('job');
    const [first, second] = [await postOne(cloud, line(job)), await postOne(cloud, line(job))];
    expect(logOf(second)).toBe(logOf(first));
    expect(second).not.toBe(first);
  });
});

describe('the project of a job', () => {
  /** The log of a project’s room. */
  const roomOf = async (project: string) =>
    logOf(await postOne(cloud, line(newId('job'), { project_id: project })));

  test('of which nothing is known is none: its events reach the room of the job', async () => {
    const job = newId('job');
    const logs = [
      await postOne(cloud, line(job)),
      await postOne(cloud, completed(job)),
      await postOne(cloud, { event: 'job_progress', job_id: job, progress: 100 }),
    ].map(logOf);
    expect(new Set(logs).size).toBe(1);
  });

  test.each<[string, (job: string, project: string) => Promise<string[]>]>([
    ['the body', (job, project) => postJobs(cloud, line(job, { project_id: project }))],
    [
      'the query',
      (job, project) => postJobs(cloud, line(job), { path: `${MESH_WEBHOOK}?project_id=${project}` }),
    ],
    ['the list', (job, project) => postJobs(cloud, { events: [line(job)], project_id: project })],
    [
      'its progress',
      (job, project) =>
        postJobs(cloud, { event: 'job_progress', job_id: job, progress: 1, project_id: project }),
    ],
  ])('is learned from %s, and holds for what is posted without one', async (_, teach) => {
    const [job, project] = [newId('job'), newId('p')];
    const room = await roomOf(project);
    await teach(job, project);
    expect(logOf(await postOne(cloud, line(job)))).toBe(room);
    expect(logOf(await postOne(cloud, completed(job)))).toBe(room);
  });

  // A repeat of a call that failed half-way finds learned what its list says.
  needs('sure-calls', () => {
    test('is learned by the events that follow in the same list, and not by those before', async () => {
      const [job, project] = [newId('job'), newId('p')];
      const room = await roomOf(project);
      const ids = await postJobs(cloud, {
        events: [line(job), line(job, { project_id: project }), line(job), completed(job)],
      });
      const isInRoom = ids.map((id) => logOf(id) === room);
      expect(isInRoom).toEqual([false, true, true, true]);
    });
  });

  test('is the last that was said', async () => {
    const job = newId('job');
    const [before, after] = [newId('p'), newId('p')];
    for (const project of [before, after]) await postOne(cloud, line(job, { project_id: project }));
    expect(logOf(await postOne(cloud, line(job)))).toBe(await roomOf(after));
  });

  test('is not learned from what is refused', async () => {
    const [job, project] = [newId('job'), newId('p')];
    const events = [line(job, { project_id: project }), line(job, { message: 5 })];
    expectProblem(await postJob(cloud, { events }), 400);
    expect(logOf(await postOne(cloud, line(job)))).not.toBe(await roomOf(project));
  });
});
