import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeJobProjects } from '../../../../../shared/adapters/dynamodb/job-projects.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable(3_600);
});
afterAll(() => local.close());
afterEach(() => vi.restoreAllMocks());

const DAY = 86_400_000;
let jobs = 0;
const newJob = (): string => {
  jobs += 1;
  return `job-${jobs}`;
};
/** Projects as a new environment has them. */
const open = () => makeJobProjects(local.table);
const itemsOf = async (job: string) => (await local.items()).filter(({ pk }) => pk?.S === `J#${job}`);

/** Counts what is asked of the table from here on. */
function watch() {
  const send = vi.spyOn(local.table.client, 'send');
  return () => send.mock.calls.map(([command]) => command.constructor.name);
}

describe('the project of a job', () => {
  it('is what was learned, in every environment', async () => {
    const job = newJob();
    expect(await open().of(job)).toBeUndefined();
    await open().learn(job, 'p1');
    expect(await open().of(job)).toBe('p1');
    await open().learn(job, 'p2');
    expect(await open().of(job)).toBe('p2');
  });

  it('is one item that ends after 30 days', async () => {
    const job = newJob();
    await open().learn(job, 'p1');
    expect(await itemsOf(job)).toEqual([
      {
        pk: { S: `J#${job}` },
        sk: { S: 'J' },
        project: { S: 'p1' },
        exp: { N: String((local.clock.now + 30 * DAY) / 1_000) },
      },
    ]);
  });

  it('is forgotten after 30 days, though its item is still there', async () => {
    const job = newJob();
    await open().learn(job, 'p1');
    local.clock.now += 30 * DAY - 1_000;
    expect(await open().of(job)).toBe('p1');
    local.clock.now += 1_000;
    expect(await open().of(job)).toBeUndefined();
    expect(await itemsOf(job)).toHaveLength(1);
  });

  it('is read strongly consistent', async () => {
    const send = vi.spyOn(local.table.client, 'send');
    await open().of(newJob());
    expect(send.mock.calls.map(([{ input }]) => input)).toEqual([
      expect.objectContaining({ ConsistentRead: true }),
    ]);
  });

  it('is a failure where the table is', async () => {
    const projects = makeJobProjects({ ...local.table, name: 'no-such-table' });
    await expect(projects.of('j')).rejects.toThrow('Requested resource not found');
    await expect(projects.learn('j', 'p')).rejects.toThrow('Requested resource not found');
    // What was not written is still news.
    await expect(projects.learn('j', 'p')).rejects.toThrow('Requested resource not found');
  });
});

describe('a project is written', () => {
  it('once an hour by an environment, however often it is said', async () => {
    const [projects, job] = [open(), newJob()];
    const calls = watch();
    for (let n = 0; n < 5; n += 1) await projects.learn(job, 'p1');
    expect(calls()).toEqual(['PutItemCommand']);
    local.clock.now += 3_599_999;
    await projects.learn(job, 'p1');
    expect(calls()).toHaveLength(1);
    local.clock.now += 1;
    await projects.learn(job, 'p1');
    expect(calls()).toHaveLength(2);
    expect((await itemsOf(job))[0]?.exp?.N).toBe(String((local.clock.now + 30 * DAY) / 1_000));
  });

  it('at once when it is another', async () => {
    const [projects, job] = [open(), newJob()];
    for (const project of ['p1', 'p2', 'p1']) await projects.learn(job, project);
    expect(await projects.of(job)).toBe('p1');
  });

  it('again when 1,000 other jobs were written since', async () => {
    const [projects, job] = [open(), newJob()];
    await projects.learn(job, 'p1');
    await Promise.all(Array.from({ length: 999 }, () => projects.learn(newJob(), 'p1')));
    const calls = watch();
    await projects.learn(job, 'p1');
    expect(calls()).toEqual([]);
    await projects.learn(newJob(), 'p1');
    await projects.learn(job, 'p1');
    expect(calls()).toHaveLength(2);
  }, 60_000);
});
