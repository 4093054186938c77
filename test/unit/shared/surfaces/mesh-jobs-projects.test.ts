import { describe, expect, it } from 'vitest';
import { readJobEvents } from '../../../../shared/surfaces/mesh-jobs.ts';
import { type JobProjects, learnedProjects } from '../../../../shared/surfaces/mesh-jobs-projects.ts';

/** Projects in memory, and what they were asked and told, in order. */
class MemoryProjects implements JobProjects {
  readonly calls: string[] = [];
  readonly #known: Map<string, string>;

  constructor(known: Readonly<Record<string, string>> = {}) {
    this.#known = new Map(Object.entries(known));
  }

  async of(job: string): Promise<string | undefined> {
    this.calls.push(`of ${job}`);
    return this.#known.get(job);
  }

  async learn(job: string, project: string): Promise<void> {
    this.calls.push(`learn ${job} ${project}`);
    this.#known.set(job, project);
  }
}

const line = (job: string, project?: string) => ({
  event: 'log_line',
  job_id: job,
  message: 'm',
  project_id: project,
});
const end = (job: string, project?: string) => ({ job_id: job, status: 'failed', project_id: project });
const progress = (job: string, project?: string) => ({
  event: 'job_progress',
  job_id: job,
  progress: 1,
  project_id: project,
});
const batch = (job?: string, project?: string) => ({
  event: 'batch_status',
  batch_id: 'b1',
  status: 'processing',
  job_id: job,
  project_id: project,
});

function post(projects: JobProjects, ...events: readonly object[]) {
  return learnedProjects(projects, readJobEvents({ events }, {}, undefined));
}

describe('the project that an event takes', () => {
  it('is the one that an earlier POST named', async () => {
    const projects = new MemoryProjects();
    await post(projects, line('j1', 'p1'));
    expect(await post(projects, line('j1'), end('j1'))).toEqual(['p1', 'p1']);
  });

  it('is the one that an earlier event of the same POST named', async () => {
    const projects = new MemoryProjects();
    expect(await post(projects, line('j1', 'p1'), line('j1'), end('j1'))).toEqual([undefined, 'p1', 'p1']);
    expect(projects.calls).toEqual(['learn j1 p1']);
  });

  it('is the one known before, as long as no event of the POST has named another', async () => {
    const projects = new MemoryProjects({ j1: 'p0' });
    const posted = [line('j1'), line('j1', 'p1'), line('j1'), line('j1', 'p2'), end('j1')];
    expect(await post(projects, ...posted)).toEqual(['p0', undefined, 'p1', undefined, 'p2']);
    expect(projects.calls).toEqual(['of j1', 'learn j1 p2']);
  });

  it('is that of its own job', async () => {
    const projects = new MemoryProjects({ j2: 'p2' });
    expect(await post(projects, line('j1', 'p1'), line('j2'), line('j3'), line('j1'))).toEqual([
      undefined,
      'p2',
      undefined,
      'p1',
    ]);
  });

  it('is none where the event names its own, or where nothing is known', async () => {
    const projects = new MemoryProjects({ j1: 'p0' });
    expect(await post(projects, line('j1', 'p1'), line('j2'))).toEqual([undefined, undefined]);
  });

  it('is none of progress and of batches, which go to a project only as they say', async () => {
    const projects = new MemoryProjects({ j1: 'p1' });
    expect(await post(projects, progress('j1'), batch('j1'), batch())).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(projects.calls).toEqual([]);
  });
});

describe('what is learned', () => {
  it.each([
    ['a line', line('j1', 'p1')],
    ['an end', end('j1', 'p1')],
    ['progress', progress('j1', 'p1')],
    ['a batch that names a job', batch('j1', 'p1')],
  ])('comes from %s', async (_, event) => {
    const projects = new MemoryProjects();
    await post(projects, event);
    expect(projects.calls).toEqual(['learn j1 p1']);
  });

  it('comes from the list and from the query as well', async () => {
    const projects = new MemoryProjects();
    await learnedProjects(projects, readJobEvents({ events: [line('j1')], project_id: 7 }, {}, undefined));
    await learnedProjects(projects, readJobEvents(line('j2'), { project_id: '8' }, undefined));
    expect(projects.calls).toEqual(['learn j1 7', 'learn j2 8']);
  });

  it('is nothing of an event without a job or without a project', async () => {
    const projects = new MemoryProjects();
    await post(projects, batch(undefined, 'p1'), batch('j1'), progress('j1'));
    expect(projects.calls).toEqual([]);
  });
});

describe('a POST of many events', () => {
  it('asks once for each job, and learns each job once', async () => {
    const projects = new MemoryProjects();
    const events = Array.from({ length: 300 }, (_, n) => [
      line(`asked-${n % 3}`),
      line(`told-${n % 3}`, `p${n}`),
    ]);
    await post(projects, ...events.flat());
    expect(projects.calls.toSorted()).toEqual([
      'learn told-0 p297',
      'learn told-1 p298',
      'learn told-2 p299',
      'of asked-0',
      'of asked-1',
      'of asked-2',
    ]);
  });

  it('is known to nobody when the projects cannot be asked, or cannot be told', async () => {
    const fails = () => Promise.reject(new Error('table'));
    const deaf = Object.assign(new MemoryProjects(), { learn: fails });
    await expect(post(deaf, line('j1', 'p1'))).rejects.toThrow('table');
    const mute = Object.assign(new MemoryProjects(), { of: fails });
    await expect(post(mute, line('j1'), line('j2', 'p2'))).rejects.toThrow('table');
    expect(mute.calls).toEqual([]);
  });
});
