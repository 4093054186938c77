import { describe, expect, it } from 'vitest';
import { readWebhook, streamChannel } from '../../../../shared/surfaces/live-events.ts';
import { refusal } from './refusal.ts';

const ts = '2026-01-02T03:04:05.678Z';
const good = { type: 'status', tenant: 't1', job_id: 'j1' };
const read = (body: unknown, key?: string) => readWebhook(body, key, ts);

describe('a bad event', () => {
  it.each<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['a number', 7, ['body']],
    ['a string', 'status', ['body']],
    ['an empty object', {}, ['type', 'tenant', 'job_id']],
    ['nulls', { type: null, tenant: null, job_id: null }, ['type', 'tenant', 'job_id']],
    ['an unknown type', { ...good, type: 'job_failed' }, ['type']],
    ['a type of another case', { ...good, type: 'Status' }, ['type']],
    ['a type that is a list', { ...good, type: ['status'] }, ['type']],
    ['an empty tenant', { ...good, tenant: '' }, ['tenant']],
    ['a tenant of 129 characters', { ...good, tenant: 'x'.repeat(129) }, ['tenant']],
    ['a tenant of 10 KB', { ...good, tenant: 'x'.repeat(10_240) }, ['tenant']],
    ['a tenant with a space', { ...good, tenant: 'a b' }, ['tenant']],
    ['a tenant with a no-break space', { ...good, tenant: 'a\u00a0b' }, ['tenant']],
    ['a tenant with a NUL', { ...good, tenant: 'a\u0000' }, ['tenant']],
    ['a tenant with a line feed at its end', { ...good, tenant: 'a\n' }, ['tenant']],
    ['a tenant with an invisible character', { ...good, tenant: 'a\u200bb' }, ['tenant']],
    ['a tenant with half a surrogate pair', { ...good, tenant: 'a\ud800' }, ['tenant']],
    ['a tenant that is a number', { ...good, tenant: 1 }, ['tenant']],
    ['an empty job_id', { ...good, job_id: '' }, ['job_id']],
    ['a job_id of 1,025 characters', { ...good, job_id: '\u{1F600}'.repeat(1_025) }, ['job_id']],
    ['a job_id that is a number', { ...good, job_id: 5 }, ['job_id']],
    ['an empty event_id', { ...good, event_id: '' }, ['event_id']],
    ['an event_id of 1,025 characters', { ...good, event_id: 'x'.repeat(1_025) }, ['event_id']],
    ['an event_id that is null', { ...good, event_id: null }, ['event_id']],
    ['a progress that is text', { ...good, progress_percent: '50' }, ['progress_percent']],
    [
      'a progress beyond every number',
      { ...good, progress_percent: JSON.parse('1e999') },
      ['progress_percent'],
    ],
    [
      'steps of wrong types',
      { ...good, current_step: true, total_steps: [] },
      ['current_step', 'total_steps'],
    ],
    ['a node_id that is an object', { ...good, node_id: {} }, ['node_id']],
    ['a node_id that is null', { ...good, node_id: null }, ['node_id']],
    ['artifacts that are an object', { ...good, artifacts: {} }, ['artifacts']],
    ['artifacts that are null', { ...good, artifacts: null }, ['artifacts']],
    [
      'artifacts of junk',
      { ...good, artifacts: [null, 1, 'x', []] },
      ['artifacts[0]', 'artifacts[1]', 'artifacts[2]', 'artifacts[3]'],
    ],
    [
      'an artifact without url',
      { ...good, artifacts: [{ url: 'u' }, { filename: 'f' }] },
      ['artifacts[1].url'],
    ],
    [
      'an artifact of wrong types',
      { ...good, artifacts: [{ url: 1, filename: 2 }] },
      ['artifacts[0].url', 'artifacts[0].filename'],
    ],
    [
      'everything wrong at once',
      { type: 1, tenant: '', job_id: [], node_id: [], artifacts: 1 },
      ['type', 'tenant', 'job_id', 'node_id', 'artifacts'],
    ],
  ])('is refused by the names of its fields: %s', (_title, body, fields) => {
    expect(refusal(() => read(body))).toMatchObject({ code: 'invalid', fields });
  });

  it('is told in words that do not repeat what was sent', () => {
    const { errors } = refusal(() => read({ type: 'secret-1', tenant: 'secret 2', job_id: 3 }));
    expect(errors).toEqual([
      { field: 'type', message: 'must be one of status, progress, job_completed' },
      { field: 'tenant', message: 'must be 1 to 128 printable characters without spaces' },
      { field: 'job_id', message: 'must be a string' },
    ]);
  });

  it('in a list is named with its index, and none of the list is taken', () => {
    const body = [good, { ...good, tenant: 'a b' }, good, { ...good, artifacts: [{}] }];
    expect(refusal(() => read(body)).fields).toEqual(['[1].tenant', '[3].artifacts[0].url']);
  });

  it('in a list of junk is named for each place', () => {
    expect(refusal(() => read([null, 1, 'x', [], [good]])).fields).toEqual([
      '[0]',
      '[1]',
      '[2]',
      '[3]',
      '[4]',
    ]);
  });

  it.each([100_000, 500_000])(
    'of %i junk artifacts is refused with an answer that a client can be sent',
    (count) => {
      const body = { ...good, artifacts: new Array(count).fill(0) };
      const { code, errors } = refusal(() => read(body));
      expect(code).toBe('invalid');
      // Lambda takes an answer of 6 MB.
      expect(JSON.stringify(errors).length).toBeLessThan(1_048_576);
    },
  );

  it('of 500 junk artifacts, a thousand times, is refused with an answer that a client can be sent', () => {
    const body = new Array(1_000).fill({ ...good, artifacts: new Array(500).fill(0) });
    const { code, errors } = refusal(() => read(body));
    expect(code).toBe('invalid');
    expect(JSON.stringify(errors).length).toBeLessThan(1_048_576);
  });
});

describe('a list', () => {
  const list = (count: number): unknown[] => new Array(count).fill(good);

  it.each([0, 1_001, 5_000])('of %i events is refused', (count) => {
    expect(refusal(() => read(list(count)))).toEqual({
      code: 'invalid',
      fields: ['body'],
      errors: [{ field: 'body', message: 'must hold 1 to 1000 events' }],
    });
  });

  it.each([1, 2, 1_000])('of %i events is taken', (count) => {
    const { batches, places } = read(list(count));
    expect(batches[0]?.events).toHaveLength(count);
    expect(places).toHaveLength(count);
  });
});

describe('an event of', () => {
  // What the relay makes of it without the padding, and at most 64 bytes for `id` and `seq`.
  const frame = '{"type":"status","tenant":"t1","job_id":"j1","pad":"","ts":"2026-01-02T03:04:05.678Z"}';
  const room = 102_400 - 64 - frame.length;

  it('102,400 bytes is taken', () => {
    const { batches } = read({ ...good, pad: 'x'.repeat(room) });
    expect(batches[0]?.events[0]?.json).toHaveLength(102_336);
  });

  it('102,401 bytes is refused as too large', () => {
    expect(refusal(() => read({ ...good, pad: 'x'.repeat(room + 1) }))).toMatchObject({
      code: 'too-large',
      errors: [{ field: 'body', message: 'is 102401 bytes once normalised; at most 102400 are taken' }],
    });
  });

  it('102,401 bytes is refused when counted in UTF-8, not in characters', () => {
    const pad = '\u20ac'.repeat(Math.floor(room / 3) + 1);
    expect(refusal(() => read({ ...good, pad })).code).toBe('too-large');
    expect(read({ ...good, pad: pad.slice(1) }).places).toHaveLength(1);
  });

  it('too many bytes in a list is named with its index', () => {
    const body = [good, good, { ...good, pad: 'x'.repeat(room + 1) }];
    expect(refusal(() => read(body))).toMatchObject({ code: 'too-large', fields: ['[2]'] });
  });

  it('too many bytes beside one that is not valid: what is not valid is told first', () => {
    const body = [{ ...good, pad: 'x'.repeat(room + 1) }, {}];
    expect(refusal(() => read(body)).code).toBe('invalid');
  });
});

describe('the channel of a stream', () => {
  it.each([
    ['t1', 'tenant:t1'],
    ['tenant:t1', 'tenant:tenant:t1'],
    ['#*/..', 'tenant:#*/..'],
    ['x'.repeat(128), `tenant:${'x'.repeat(128)}`],
    ['\u{1F600}'.repeat(128), `tenant:${'\u{1F600}'.repeat(128)}`],
  ])('of tenant %s is %s', (value, channel) => {
    expect(streamChannel([value])).toBe(channel);
  });

  it.each<[string, string[], string]>([
    ['no tenant', [], 'is missing'],
    ['two tenants', ['a', 'b'], 'is given more than once'],
    ['the same tenant twice', ['a', 'a'], 'is given more than once'],
    ['an empty tenant', [''], 'must be 1 to 128 printable characters without spaces'],
    [
      'a tenant with a control character',
      ['a\u0007'],
      'must be 1 to 128 printable characters without spaces',
    ],
    ['a tenant of 10 KB', ['x'.repeat(10_240)], 'must be 1 to 128 printable characters without spaces'],
  ])('is refused for %s', (_title, values, message) => {
    expect(refusal(() => streamChannel(values))).toEqual({
      code: 'invalid',
      fields: ['query tenant'],
      errors: [{ field: 'query tenant', message }],
    });
  });
});
