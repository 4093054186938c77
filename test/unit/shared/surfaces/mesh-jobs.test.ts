/** The events of mesh jobs, kind by kind: what is kept of them, and which rooms they reach. */
import { describe, expect, it } from 'vitest';
import { parseUntrustedJson } from '../../../../shared/core/untrusted-json.ts';
import {
  channelRoom,
  payloadOf,
  roomChannel,
  roomEvent,
  roomKinds,
  roomsOf,
} from '../../../../shared/surfaces/mesh-jobs.ts';
import { batch, completed, failed, line, payload, progress, read } from './mesh-job-events.ts';

const rooms = (body: unknown, learned?: string) => roomsOf(read(body), learned);

describe('a room', () => {
  it.each([
    ['project_7', 'project:7'],
    ['batch_b-1', 'batch:b-1'],
    ['job_job_1', 'job:job_1'],
    ['project_a.b_c-D', 'project:a.b_c-D'],
    [`job_${'x'.repeat(128)}`, `job:${'x'.repeat(128)}`],
  ])('%s is the channel %s', (room, channel) => {
    expect(roomChannel(room)).toBe(channel);
    expect(channelRoom(channel)).toBe(room);
  });

  it.each([
    '',
    'project',
    'project_',
    'project_.',
    'project__7',
    'project_-7',
    'project_a b',
    'project_a/b',
    'project_../job_1',
    'project_7\n',
    'project_\u0667',
    'project_*',
    'project:7',
    'Project_7',
    ' project_7',
    'user_u1',
    'user:u1',
    'tenant:t1',
    'tenant_t1',
    '../',
    '__proto__',
    'constructor_1',
    `job_${'x'.repeat(129)}`,
  ])('%j is none', (room) => {
    expect(roomChannel(room)).toBeUndefined();
  });
});

describe('the end of a job', () => {
  it('is taken as in the source', () => {
    const body = parseUntrustedJson(
      '{"job_id": "test-job", "status": "completed", "result": {"success": true}}',
    );
    const event = read(body);
    expect(event).toEqual({
      event: 'job_completed',
      job: 'test-job',
      takesLearnedProject: true,
      payload: { job_id: 'test-job', status: 'completed', result: { success: true } },
      name: 'job_completed test-job',
    });
    expect(payloadOf(event, undefined)).toEqual(body);
    expect(roomsOf(event, undefined)).toEqual(['job:test-job']);
  });

  it('is kept whole, in its project, without an event', () => {
    const body = {
      job_id: 'modal-job-id',
      status: 'failed',
      result: {
        success: false,
        s3_output_path: 's3://bucket/path/to/mesh.msh',
        strategy: 'Tetrahedral (Delaunay)',
        quality_metrics: { sicn_avg: 0.85, total_elements: 125_032 },
        metrics: { total_time_seconds: 45.2 },
        more: [1],
      },
      error: 'Out of memory',
      project_id: 'p1',
      note: { deep: null },
    };
    expect(read(body)).toMatchObject({ event: 'job_failed', job: 'modal-job-id', project: 'p1' });
    expect(payload(body)).toEqual(body);
    expect(rooms(body)).toEqual(['project:p1', 'job:modal-job-id']);
  });

  it('goes to the project of its body, else of the query, else of what was learned', () => {
    const inBody = read({ ...completed, project_id: 'p1' }, { project_id: 'p2' });
    const inQuery = read(completed, { project_id: 'p2' });
    const nowhere = read(completed);
    expect([inBody, inQuery, nowhere].map(({ project }) => project)).toEqual(['p1', 'p2', undefined]);
    expect([inBody, inQuery, nowhere].map((event) => roomsOf(event, 'p3')[0])).toEqual([
      'project:p1',
      'project:p2',
      'project:p3',
    ]);
    expect([inBody, inQuery, nowhere].map((event) => payloadOf(event, 'p3'))).toEqual([
      { project_id: 'p1', ...completed },
      { project_id: 'p2', ...completed },
      { project_id: 'p3', ...completed },
    ]);
  });

  it('of no known project has no project and reaches its job alone', () => {
    expect(payload(failed)).toEqual(failed);
    expect(rooms(failed)).toEqual(['job:j1']);
  });

  it('reaches no batch, even if it names one', () => {
    const body = { ...completed, batch_id: 'b1' };
    expect(rooms(body)).toEqual(['job:j1']);
    expect(payload(body)).toEqual(body);
  });

  it.each([
    ['error', { ...completed, error: null }],
    ['result of a failed job', { ...failed, result: null }],
    [
      'parts of the result',
      {
        ...completed,
        result: {
          success: false,
          s3_output_path: null,
          strategy: null,
          quality_metrics: null,
          metrics: null,
        },
      },
    ],
  ])('may have null for what there is not: %s', (_title, body) => {
    expect(payload(body)).toEqual(body);
  });
});

describe('a log line', () => {
  it('is kept whole but for event', () => {
    const body = { ...line, timestamp: '2026-01-02T03:04:05Z', level: 'info' };
    const { event: _, ...rest } = body;
    expect(read(body)).toEqual({
      event: 'log_line',
      job: 'j1',
      takesLearnedProject: true,
      payload: rest,
    });
    expect(payload(body, 'p1')).toEqual(rest);
  });

  it('reaches its project, given or learned, and its job; not the batch that it names', () => {
    expect(rooms({ ...line, project_id: 'p1', batch_id: 'b1' }, 'p2')).toEqual(['project:p1', 'job:j1']);
    expect(rooms(line, 'p2')).toEqual(['project:p2', 'job:j1']);
    expect(rooms(line)).toEqual(['job:j1']);
    expect(payload({ ...line, project_id: 'p1', batch_id: 'b1' })).toEqual({
      job_id: 'j1',
      message: 'm',
      project_id: 'p1',
      batch_id: 'b1',
    });
  });
});

describe('the progress of a job', () => {
  it('is kept whole but for event', () => {
    const body = {
      ...progress,
      batch_id: 'b1',
      progress: 45.5,
      status: 'processing',
      message: 'Current activity',
    };
    const { event: _, ...rest } = body;
    expect(payload(body)).toEqual(rest);
  });

  it('reaches the batch and the project that its post names, and its job, but no project that was learned', () => {
    expect(rooms({ ...progress, batch_id: 'b1', project_id: 'p1' }, 'p2')).toEqual([
      'project:p1',
      'batch:b1',
      'job:j1',
    ]);
    expect(rooms({ ...progress, batch_id: 'b1' }, 'p2')).toEqual(['batch:b1', 'job:j1']);
    expect(rooms(progress, 'p2')).toEqual(['job:j1']);
    expect(roomsOf(read(progress, { project_id: 'p1' }), 'p2')).toEqual(['project:p1', 'job:j1']);
    expect(read(progress).takesLearnedProject).toBe(false);
  });
});

describe('the status of a batch', () => {
  it.each(['completed', 'failed', 'processing'])('may be %s and is kept whole but for event', (status) => {
    const body = { ...batch, status, completed_jobs: 5, total_jobs: 10 };
    const { event: _, ...rest } = body;
    expect(payload(body)).toEqual(rest);
  });

  it('reaches its batch, and the job that it names, but no project', () => {
    expect(rooms(batch, 'p2')).toEqual(['batch:b1']);
    expect(rooms({ ...batch, job_id: 'j1', project_id: 'p1' }, 'p2')).toEqual(['batch:b1', 'job:j1']);
  });

  it('says whose project a job is', () => {
    expect(read({ ...batch, job_id: 'j1', project_id: 'p1' })).toMatchObject({ job: 'j1', project: 'p1' });
  });
});

describe('an id', () => {
  it('may be a whole number, and is its decimal text', () => {
    const event = read({ ...progress, job_id: 0, batch_id: 12, project_id: Number.MAX_SAFE_INTEGER });
    expect(event).toMatchObject({ job: '0', batch: '12', project: '9007199254740991' });
    expect(event.payload).toEqual({
      job_id: '0',
      batch_id: '12',
      project_id: '9007199254740991',
      progress: 45,
    });
    expect(payload({ ...completed, job_id: 5, project_id: 7 })).toMatchObject({
      job_id: '5',
      project_id: '7',
    });
  });

  it.each(['a', '7', '007', 'a.b_c-D', 'x'.repeat(128)])('may be %s', (id) => {
    const event = read({ ...progress, job_id: id, batch_id: id, project_id: id }, { project_id: id });
    expect(event).toMatchObject({ job: id, batch: id, project: id });
  });

  it('that is null is none', () => {
    const event = read({ ...completed, project_id: null, batch_id: null });
    expect(event.project).toBeUndefined();
    expect(payloadOf(event, 'p3')).toEqual({ project_id: 'p3', ...completed });
  });
});

describe("what is the relay's own", () => {
  it('is not taken from a sender: id, seq and ids', () => {
    expect(payload({ ...completed, id: 'x', seq: 9, ids: { job_j1: 'x' } })).toEqual(completed);
    expect(read({ ...line, id: 'x', seq: 9, ids: {} }).payload).toEqual({ job_id: 'j1', message: 'm' });
  });
});

describe('an event for its rooms', () => {
  it('has its channels with the rank of their kind, its payload as JSON, and its name', () => {
    const posted = { ...progress, project_id: 7, batch_id: 'b1', event_id: 'e1', extra: 'ü' };
    expect(roomEvent(read(posted), undefined)).toEqual({
      event: 'job_progress',
      payload: JSON.stringify(payload(posted)),
      channels: ['project:7', 'batch:b1', 'job:j1'],
      name: 'e1',
    });
    expect(roomKinds).toEqual(['project', 'batch', 'job']);
  });

  it('has a rank of its own kind also where it reaches no project', () => {
    expect(roomEvent(read(line), undefined)).toEqual({
      event: 'log_line',
      payload: '{"job_id":"j1","message":"m"}',
      channels: ['job:j1'],
    });
    expect(roomEvent(read(batch), undefined).channels).toEqual(['batch:b1']);
  });

  it('reaches the project that was learned, and says so where it is an end', () => {
    const event = roomEvent(read(completed), 'p1');
    expect(event.channels).toEqual(['project:p1', 'job:j1']);
    expect(JSON.parse(event.payload)).toMatchObject({ project_id: 'p1' });
    expect(event.name).toBe('job_completed j1');
  });
});
