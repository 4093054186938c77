import { describe, expect, it } from 'vitest';
import { readJobEvents } from '../../../../shared/surfaces/mesh-jobs.ts';
import { batch, completed, failed, line, progress } from './mesh-job-events.ts';
import { refusal } from './refusal.ts';

const refused = (body: unknown, query: { project_id?: string } = {}) =>
  refusal(() => readJobEvents(body, query, undefined));

describe('a bad body', () => {
  it.each<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['a number', 7, ['body']],
    ['a string', 'completed', ['body']],
    ['a bare list', [completed], ['body']],
    ['an empty object', {}, ['job_id', 'status']],
    ['nulls', { job_id: null, status: null }, ['job_id', 'status']],
    [
      'everything wrong at once',
      { job_id: '', status: 1, result: 2, error: 3 },
      ['job_id', 'status', 'result', 'error'],
    ],
    ['an unknown status', { ...completed, status: 'cancelled' }, ['status']],
    ['a status of another case', { ...completed, status: 'Completed' }, ['status']],
    ['a completed job without a result', { job_id: 'j1', status: 'completed' }, ['result']],
    ['a completed job whose result is null', { ...completed, result: null }, ['result']],
    ['a completed job without job_id and result', { status: 'completed' }, ['job_id', 'result']],
    ['a result that is text', { ...completed, result: 'ok' }, ['result']],
    ['a result that is a list', { ...completed, result: [] }, ['result']],
    ['a result without success', { ...completed, result: {} }, ['result.success']],
    ['a result of a failed job without success', { ...failed, result: {} }, ['result.success']],
    ['a success that is text', { ...completed, result: { success: 'true' } }, ['result.success']],
    ['a success that is null', { ...completed, result: { success: null } }, ['result.success']],
    [
      'results of wrong types',
      {
        ...completed,
        result: { success: 1, s3_output_path: 2, strategy: 3, quality_metrics: 4, metrics: 5 },
      },
      [
        'result.success',
        'result.s3_output_path',
        'result.strategy',
        'result.quality_metrics',
        'result.metrics',
      ],
    ],
    [
      'metrics that are a list',
      { ...completed, result: { success: true, metrics: [1] } },
      ['result.metrics'],
    ],
    ['an error that is an object', { ...failed, error: {} }, ['error']],
    ['an unknown event', { ...completed, event: 'job_completed' }, ['event']],
    ['an event that is a name that every object has', { event: 'constructor' }, ['event']],
    ['an event that is null', { ...line, event: null }, ['event']],
    ['an event that is a list', { ...line, event: ['log_line'] }, ['event']],
    ['a log line of nothing', { event: 'log_line' }, ['job_id', 'message']],
    ['a message that is a number', { ...line, message: 5 }, ['message']],
    ['a message that is null', { ...line, message: null }, ['message']],
    ['a timestamp that is a number', { ...line, timestamp: 1_700_000_000 }, ['timestamp']],
    ['a progress of nothing', { event: 'job_progress' }, ['job_id', 'progress']],
    ['a progress that is text', { ...progress, progress: '45' }, ['progress']],
    ['a progress of wrong types', { ...progress, status: 1, message: {} }, ['status', 'message']],
    ['a batch of nothing', { event: 'batch_status' }, ['status', 'batch_id']],
    ['a batch without its id', { ...batch, batch_id: null }, ['batch_id']],
    ['a batch of an unknown status', { ...batch, status: 'queued' }, ['status']],
    [
      'a batch of wrong counts',
      { ...batch, completed_jobs: -1, total_jobs: 1.5 },
      ['completed_jobs', 'total_jobs'],
    ],
    ['counts that are text', { ...batch, completed_jobs: '1' }, ['completed_jobs']],
    ['an empty event_id', { ...line, event_id: '' }, ['event_id']],
    ['an event_id of 1,025 characters', { ...line, event_id: 'x'.repeat(1_025) }, ['event_id']],
    ['an event_id that is a number', { ...completed, event_id: 5 }, ['event_id']],
  ])('is refused by the names of its fields: %s', (_title, body, fields) => {
    const { code, fields: named } = refused(body);
    expect(code).toBe('invalid');
    expect(named.toSorted()).toEqual(fields.toSorted());
  });

  it.each<[string, unknown]>([
    ['empty', ''],
    ['129 characters', 'x'.repeat(129)],
    ['begun by a dot', '.a'],
    ['begun by a hyphen', '-a'],
    ['begun by an underscore', '_a'],
    ['with a blank', 'a b'],
    ['with a slash', '../a'],
    ['with a colon', 'job:1'],
    ['with a line feed', 'a\n'],
    ['with a letter beyond ASCII', '\u00fc'],
    ['a fraction', 1.5],
    ['negative', -1],
    ['beyond the safe integers', 2 ** 53],
    ['infinite', Number.POSITIVE_INFINITY],
    ['true', true],
    ['a list', ['a']],
    ['an object', {}],
  ])('is refused for an id that is %s', (_title, id) => {
    const message =
      'must be 1 to 128 letters, digits, dots, underscores or hyphens, beginning with a letter or digit, or a whole number';
    for (const kind of [line, progress, { ...batch, job_id: 'j1' }, completed]) {
      expect(refused({ ...kind, job_id: id }).errors).toEqual([{ field: 'job_id', message }]);
      expect(refused({ ...kind, batch_id: id }).errors).toEqual([{ field: 'batch_id', message }]);
      expect(refused({ ...kind, project_id: id }).errors).toEqual([{ field: 'project_id', message }]);
    }
  });

  it('is told in words that do not repeat what was sent', () => {
    expect(refused({ status: 'secret', result: { success: 'secret' } }).errors).toEqual([
      { field: 'job_id', message: 'is missing' },
      { field: 'status', message: 'must be one of completed, failed' },
      { field: 'result.success', message: 'must be true or false' },
    ]);
    expect(refused({ event: 'secret' }).errors).toEqual([
      { field: 'event', message: 'must be one of log_line, job_progress, batch_status' },
    ]);
    expect(refused({ job_id: 'j1', status: 'completed' }).errors).toEqual([
      { field: 'result', message: 'is missing' },
    ]);
  });
});

describe('a bad query', () => {
  it.each(['', 'a b', '../', 'x'.repeat(129)])(
    'is refused for the project %j, with the fields of the body',
    (id) => {
      expect(refused(completed, { project_id: id }).fields).toEqual(['query project_id']);
      expect(refused({ ...failed, job_id: 1.5 }, { project_id: id }).fields).toEqual([
        'query project_id',
        'job_id',
      ]);
    },
  );
});

describe('a bad list', () => {
  it.each<[string, unknown, string[]]>([
    ['none', { events: null }, ['events']],
    ['an object', { events: {} }, ['events']],
    ['empty', { events: [] }, ['events']],
    ['of 1,001', { events: new Array(1_001).fill(line) }, ['events']],
    ['of junk', { events: [null, 7, [], 'x'] }, ['events[0]', 'events[1]', 'events[2]', 'events[3]']],
    ['of a list', { events: [{ events: [line] }] }, ['events[0].job_id', 'events[0].status']],
    [
      'of good and bad',
      { events: [line, { ...progress, progress: null }, batch, { ...completed, result: {} }] },
      ['events[1].progress', 'events[3].result.success'],
    ],
    ['with a bad project', { events: [line], project_id: '' }, ['project_id']],
    [
      "with fields that would be nobody's",
      { events: [line], batch_id: 'b1', job_id: 'j1' },
      ['batch_id', 'job_id'],
    ],
    ["of a wrong type with fields that would be nobody's", { events: 1, note: 2 }, ['events', 'note']],
  ])('is refused as a whole: %s', (_title, body, fields) => {
    expect(refused(body)).toMatchObject({ code: 'invalid', fields });
  });

  it('of junk ends at 5,000 errors', () => {
    const junk = {
      event: 'batch_status',
      batch_id: '',
      status: 1,
      job_id: '',
      completed_jobs: -1,
      total_jobs: -1,
      project_id: '',
    };
    expect(refused({ events: new Array(1_000).fill(junk) }).errors.length).toBe(5_000);
  });

  it('of ten thousand fields ends at 5,000 errors', () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`f${n}`, 0]));
    expect(refused({ events: [line], ...fields }).errors.length).toBe(5_000);
  });
});
