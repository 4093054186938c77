/** What holds for events of all kinds: how they are named, that they may come in lists, and how large they may be. */
import { describe, expect, it } from 'vitest';
import { FRAME_OVERHEAD } from '../../../../shared/core/cursor.ts';
import { limits } from '../../../../shared/core/limits.ts';
import { readJobEvents } from '../../../../shared/surfaces/mesh-jobs.ts';
import { batch, completed, failed, line, payload, progress, read } from './mesh-job-events.ts';
import { refusal } from './refusal.ts';

const names = (body: unknown, key?: string) => readJobEvents(body, {}, key).map(({ name }) => name);

describe('the name of an event', () => {
  it('is none where nobody gave one', () => {
    expect(names(line)).toEqual([undefined]);
    expect(names({ events: [line, progress] })).toEqual([undefined, undefined]);
  });

  it('is its event_id, which stays in its payload, else the header', () => {
    expect(names({ ...line, event_id: 'e1' }, 'key')).toEqual(['e1']);
    expect(names(line, 'key')).toEqual(['key']);
    expect(names({ ...line, event_id: null }, 'key')).toEqual(['key']);
    expect(payload({ ...line, event_id: 'e1' })).toMatchObject({ event_id: 'e1' });
  });

  it('in a list is <key>#<i>, also in a list of one', () => {
    expect(names({ events: [line] }, 'key')).toEqual(['key#0']);
    expect(names({ events: [line, { ...line, event_id: 'e1' }, batch] }, 'key')).toEqual([
      'key#0',
      'e1',
      'key#2',
    ]);
  });

  it('is job and status for the end of a job, whatever else it is called', () => {
    const ends = [completed, { ...completed, job_id: 5, event_id: 'e1' }, failed];
    expect(names({ events: ends }, 'key')).toEqual(['job_completed j1', 'job_completed 5', 'job_failed j1']);
  });

  it('has up to 1,024 characters', () => {
    const name = '\u{1F600}'.repeat(1_024);
    expect(names({ ...line, event_id: name })).toEqual([name]);
  });
});

describe('a list', () => {
  it('holds up to 1,000 events of every kind and ends of jobs, in order', () => {
    const events = Array.from({ length: 1_000 }, (_, n) => ({ ...line, n }));
    const read = readJobEvents(
      { events: [...events.slice(4), completed, progress, batch, failed] },
      {},
      undefined,
    );
    expect(read.map(({ event }) => event).slice(-5)).toEqual([
      'log_line',
      'job_completed',
      'job_progress',
      'batch_status',
      'job_failed',
    ]);
    expect(read.slice(0, 996).map(({ payload }) => payload.n)).toEqual(events.slice(4).map(({ n }) => n));
  });

  it('may name the project of all events without their own, before the query does', () => {
    const events = [line, { ...line, project_id: 'p1' }, completed];
    const projects = (body: unknown) =>
      readJobEvents(body, { project_id: 'p3' }, undefined).map(({ project }) => project);
    expect(projects({ events })).toEqual(['p3', 'p1', 'p3']);
    expect(projects({ events, project_id: 2 })).toEqual(['2', 'p1', '2']);
    expect(projects({ events, project_id: null })).toEqual(['p3', 'p1', 'p3']);
  });

  it('is no list where events is a field of an event or of the end of a job', () => {
    expect(payload({ ...line, events: [1] })).toEqual({ job_id: 'j1', message: 'm', events: [1] });
    expect(payload({ ...completed, events: [1] })).toEqual({ ...completed, events: [1] });
  });
});

describe('the size of an event', () => {
  /** Bytes of a log line as it is, without its message. */
  const around = Buffer.byteLength(JSON.stringify({ job_id: 'j1', message: '' })) + FRAME_OVERHEAD;
  const largest = { ...line, message: 'x'.repeat(limits.eventBytes - around) };
  const larger = { ...line, message: `${largest.message}x` };

  it('is at most 102,400 bytes with id and seq', () => {
    expect(read(largest).job).toBe('j1');
    expect(refusal(() => read(larger))).toEqual({
      code: 'too-large',
      fields: ['body'],
      errors: [{ field: 'body', message: 'is 102401 bytes once normalised; at most 102400 are taken' }],
    });
  });

  it('is counted in UTF-8', () => {
    const message = '\u20ac'.repeat(Math.floor(largest.message.length / 3));
    expect(read({ ...line, message }).job).toBe('j1');
    expect(refusal(() => read({ ...line, message: `${message}\u20ac` })).code).toBe('too-large');
  });

  it('is refused with its place in a list', () => {
    expect(refusal(() => readJobEvents({ events: [line, larger] }, {}, undefined)).fields).toEqual([
      'events[1]',
    ]);
  });

  it('leaves room for a project that is learned later', () => {
    const bare = { ...completed, project_id: 'x'.repeat(128), note: '' };
    const note = 'x'.repeat(limits.eventBytes - FRAME_OVERHEAD - Buffer.byteLength(JSON.stringify(bare)));
    expect(read({ ...completed, note }).job).toBe('j1');
    expect(refusal(() => read({ ...completed, note: `${note}x` })).code).toBe('too-large');
  });
});
