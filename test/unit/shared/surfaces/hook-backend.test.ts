/** An event for the hook backend: what is kept of it, what is refused, how large it may be, and its name. */
import { describe, expect, it } from 'vitest';
import { parseUntrustedJson } from '../../../../shared/core/untrusted-json.ts';
import { userChannel } from '../../../../shared/surfaces/hook-backend.ts';
import { frame, good, read, refused } from './cli-event.ts';

describe('an event', () => {
  it('goes to the channel of its user, one to a batch', () => {
    const { batch } = read(good);
    expect(batch.channel).toBe('user:u1');
    expect(userChannel('u1')).toBe('user:u1');
    expect(batch.events).toHaveLength(1);
  });

  it('has in its frame exactly its type, its id, its time and its payload, in this order', () => {
    const { batch } = read({ ...good, event_id: 'e1' });
    expect(batch.events[0]?.json).toBe(
      '{"event_type":"log","event_id":"e1","ts":"2026-11-21T12:00:00Z","payload":{"line":"x"}}',
    );
  });

  it('has no other field of its sender in its frame', () => {
    const body = {
      ...good,
      id: 'x',
      seq: 9,
      user_id: 'u2',
      channel: 'user:u2',
      token: 'secret',
      type: 'ready',
    };
    expect(frame(body)).toEqual({ ...good, event_id: 'made' });
  });

  it.each(['task_started', 'task_progress', 'task_succeeded', 'task_failed', 'log'])(
    'of type %s is taken',
    (event_type) => {
      expect(frame({ ...good, event_type })).toMatchObject({ event_type });
    },
  );

  it.each<[string, unknown]>([
    ['null', null],
    ['text', 'x'],
    ['empty text', ''],
    ['a number', 0],
    ['false', false],
    ['an empty object', {}],
    ['a list', [1, null, { x: 'ü' }]],
    ['depth', { a: { b: [{ c: null }] } }],
    ['keys of any kind', parseUntrustedJson('{"__proto__":{"x":1},"constructor":2,"":3}')],
    ['any text', '\u0000\u2028\u{1F600}\ud800'],
  ])('may have a payload of %s, which is kept as it is', (_title, payload) => {
    expect(frame({ ...good, payload })).toMatchObject({ payload });
  });
});

describe('a bad event', () => {
  const type = 'must be one of task_started, task_progress, task_succeeded, task_failed, log';
  const time = 'must be a date or a date and time as in ISO 8601';

  it.each<[string, unknown, Record<string, string>]>([
    ['null', null, { body: 'must be an object' }],
    ['a number', 7, { body: 'must be an object' }],
    ['a string', 'log', { body: 'must be an object' }],
    ['a list of a good one', [good], { body: 'must be an object' }],
    ['an empty object', {}, { event_type: 'is missing', ts: 'is missing', payload: 'is missing' }],
    ['an unknown type', { ...good, event_type: 'task_done' }, { event_type: type }],
    ['a type of another case', { ...good, event_type: 'LOG' }, { event_type: type }],
    ['a type with a blank', { ...good, event_type: 'log ' }, { event_type: type }],
    ['a type that is null', { ...good, event_type: null }, { event_type: type }],
    ['a type that is a list', { ...good, event_type: ['log'] }, { event_type: type }],
    ['a type that every object has', { ...good, event_type: 'toString' }, { event_type: type }],
    ['an empty event_id', { ...good, event_id: '' }, { event_id: 'must be 1 to 1024 characters' }],
    [
      'an event_id of 1,025 characters',
      { ...good, event_id: 'x'.repeat(1_025) },
      { event_id: 'must be 1 to 1024 characters' },
    ],
    ['an event_id that is null', { ...good, event_id: null }, { event_id: 'must be a string' }],
    ['an event_id that is a number', { ...good, event_id: 1 }, { event_id: 'must be a string' }],
    ['a ts that is null', { ...good, ts: null }, { ts: 'must be a string' }],
    ['a ts that is a number', { ...good, ts: 1_700_000_000 }, { ts: 'must be a string' }],
    ['a ts that is no time', { ...good, ts: 'yesterday' }, { ts: time }],
    [
      'everything wrong at once',
      { event_type: 1, event_id: [], ts: {} },
      {
        event_type: type,
        event_id: 'must be a string',
        ts: 'must be a string',
        payload: 'is missing',
      },
    ],
  ])('is refused by the names of its fields: %s', (_title, body, messages) => {
    const { code, errors } = refused(body);
    expect(code).toBe('invalid');
    expect(errors).toEqual(Object.entries(messages).map(([field, message]) => ({ field, message })));
  });

  it('is refused where its payload is missing, not where it is null', () => {
    const { payload: _, ...without } = good;
    expect(refused(without)).toMatchObject({ fields: ['payload'] });
    expect(frame({ ...without, payload: null })).toMatchObject({ payload: null });
  });

  it('is told in words that do not repeat what was sent', () => {
    const { errors } = refused({ event_type: 'secret-1', event_id: '', ts: 'secret-2', payload: 'secret-3' });
    expect(JSON.stringify(errors)).not.toContain('secret');
    expect(errors).toHaveLength(3);
  });
});

describe('a payload of', () => {
  /** What is sent is this long as JSON: the text and its two quotation marks. */
  const limit = 65_536;

  it.each<[string, string]>([
    ['single bytes', 'x'.repeat(limit - 2)],
    ['two bytes a character', 'ü'.repeat((limit - 2) / 2)],
    ['three bytes a character', `${'\u20ac'.repeat((limit - 4) / 3)}xx`],
    ['four bytes a character', `${'\u{1F600}'.repeat((limit - 4) / 4)}xx`],
    ['escapes, which count as they are written', `${'\u0001'.repeat((limit - 4) / 6)}xx`],
    ['half surrogate pairs, which are written as escapes', `${'\ud800'.repeat((limit - 4) / 6)}xx`],
  ])('65,536 bytes is taken, of one more refused: %s', (_title, payload) => {
    expect(Buffer.byteLength(JSON.stringify(payload))).toBe(limit);
    expect(frame({ ...good, payload })).toMatchObject({ payload });
    const message = 'is 65537 bytes; at most 65536 are taken';
    expect(refused({ ...good, payload: `${payload}x` })).toEqual({
      code: 'too-large',
      fields: ['payload'],
      errors: [{ field: 'payload', message }],
    });
  });

  it('65,536 bytes is measured without the blanks that it was sent with', () => {
    const sent = `{"event_type":"log","ts":"2026-11-21","payload":[${' '.repeat(100_000)}1]}`;
    expect(frame(parseUntrustedJson(sent))).toMatchObject({ payload: [1] });
  });

  it('too many bytes in a bad event: what is not valid is told first', () => {
    expect(refused({ ...good, ts: '', payload: 'x'.repeat(limit) })).toMatchObject({
      code: 'invalid',
      fields: ['ts'],
    });
  });

  it('65,536 bytes with the longest of ids fits into a frame', () => {
    const longest = { ...good, event_id: '\u0001'.repeat(1_024), payload: 'x'.repeat(limit - 2) };
    const { json = '' } = read(longest).batch.events[0] ?? {};
    expect(Buffer.byteLength(json) + 64).toBeLessThanOrEqual(102_400);
  });
});

describe('the name of an event', () => {
  const named = (body: unknown, key?: string) => {
    const { eventId, batch } = read(body, key);
    return { eventId, name: batch.events[0]?.name };
  };

  it("is the event's own id, before the key of the POST", () => {
    expect(named({ ...good, event_id: 'e1' })).toEqual({ eventId: 'e1', name: 'e1' });
    expect(named({ ...good, event_id: 'e1' }, 'k1')).toEqual({ eventId: 'e1', name: 'e1' });
  });

  it('is the key of the POST where the event has no id; its id is then made', () => {
    expect(named(good, 'k1')).toEqual({ eventId: 'made', name: 'k1' });
    expect(read(good, 'k1').batch.events[0]?.json).toContain('"event_id":"made"');
  });

  it('is none where there is neither: the id that is made names nothing', () => {
    expect(named(good)).toEqual({ eventId: 'made', name: undefined });
    expect(read(good).batch.events[0]).not.toHaveProperty('name');
  });

  it.each(['x', ' ', '\u{1F600}'.repeat(1_024), 'a#b', '__proto__'])('may be %j', (event_id) => {
    expect(named({ ...good, event_id })).toEqual({ eventId: event_id, name: event_id });
  });
});
