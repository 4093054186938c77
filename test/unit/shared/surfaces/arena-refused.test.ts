import { describe, expect, it } from 'vitest';
import {
  pathSession,
  readEvents,
  readInit,
  readNews,
  readSubmission,
  watchedChannel,
} from '../../../../shared/surfaces/arena.ts';
import { refusal } from './refusal.ts';

const SESSION_RULE = 'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter or a digit';
const SUBJECT_RULE =
  'must be tokens of 1 to 64 letters, digits, "_" or "-" with dots between them, at most 256 characters';
const BAD_SESSIONS = ['', '-a', '_a', '__proto__', 'a b', 'a.b', 'a/b', 'ä', 'a\n', '*', 'x'.repeat(65)];

const good = { subject: 'event.death', data: 1 };
const read = (body: unknown, key?: string) => readEvents('s1', body, key);

describe('a bad event', () => {
  it.each<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['a number', 7, ['body']],
    ['a string', 'x', ['body']],
    ['an empty object', {}, ['subject', 'data']],
    ['no data', { subject: 'x' }, ['data']],
    ['data that are undefined', { subject: 'x', data: undefined }, ['data']],
    ['no subject', { data: 1 }, ['subject']],
    ['a subject that is null', { ...good, subject: null }, ['subject']],
    ['a subject that is a list', { ...good, subject: ['x'] }, ['subject']],
    ['an empty event_id', { ...good, event_id: '' }, ['event_id']],
    ['an event_id of 1,025 characters', { ...good, event_id: 'x'.repeat(1_025) }, ['event_id']],
    ['an event_id that is null', { ...good, event_id: null }, ['event_id']],
    ['an event_id that is a number', { ...good, event_id: 7 }, ['event_id']],
    ['a field that the relay does not know', { ...good, session_id: 's2' }, ['body']],
    ['everything wrong at once', { subject: 1, event_id: 2 }, ['subject', 'data', 'event_id']],
  ])('is refused by the names of its fields: %s', (_title, body, fields) => {
    expect(refusal(() => read(body))).toMatchObject({ code: 'invalid', fields });
  });

  it.each([
    '',
    '.',
    '.x',
    'x.',
    'a..b',
    'a b',
    'a*',
    '>',
    'ä',
    'a\n',
    '$SYS.x',
    'x'.repeat(65),
    `a.${'x'.repeat(65)}`,
    new Array(129).fill('x').join('.'),
  ])('is refused for its subject: %j', (subject) => {
    expect(refusal(() => read({ ...good, subject }))).toEqual({
      code: 'invalid',
      fields: ['subject'],
      errors: [{ field: 'subject', message: SUBJECT_RULE }],
    });
  });

  it('is refused for the subject of what is input', () => {
    expect(refusal(() => read({ ...good, subject: 'input.fakenews' })).errors).toEqual([
      { field: 'subject', message: 'must not be input.fakenews, which is input' },
    ]);
  });

  it('is told which fields it may have', () => {
    expect(refusal(() => read({ ...good, a: 1, b: 2 })).errors).toEqual([
      { field: 'body', message: 'must have no fields but subject, data and event_id; it has a, b' },
    ]);
    expect(refusal(() => read(7)).errors).toEqual([{ field: 'body', message: 'must be an object' }]);
    expect(refusal(() => read({})).errors).toEqual([
      { field: 'subject', message: 'is missing' },
      { field: 'data', message: 'is missing' },
    ]);
  });

  it('in a list is named with its index, and none of the list is taken', () => {
    const body = [good, { ...good, subject: '' }, good, {}, null, [good]];
    expect(refusal(() => read(body)).fields).toEqual([
      '[1].subject',
      '[3].subject',
      '[3].data',
      '[4]',
      '[5]',
    ]);
  });

  it.each([0, 1_001, 200_000])('is a list of %i', (count) => {
    expect(refusal(() => read(new Array(count).fill(good)))).toEqual({
      code: 'invalid',
      fields: ['body'],
      errors: [{ field: 'body', message: 'must hold 1 to 1000 events' }],
    });
  });
});

describe('an event of', () => {
  // At most 64 bytes are added for `id` and `seq`.
  const room = 102_400 - 64 - '{"subject":"x","data":""}'.length;
  const of = (length: number) => ({ subject: 'x', data: 'x'.repeat(length) });

  it('102,400 bytes is taken', () => {
    expect(read(of(room)).events[0]?.json).toHaveLength(102_336);
  });

  it('102,401 bytes is refused as too large, in a list with its index', () => {
    const message = 'is 102401 bytes once normalised; at most 102400 are taken';
    const tooLarge = (field: string) => ({ code: 'too-large', errors: [{ field, message }] });
    expect(refusal(() => read(of(room + 1)))).toMatchObject(tooLarge('body'));
    expect(refusal(() => read([good, of(room + 1)]))).toMatchObject(tooLarge('[1]'));
  });

  it('102,401 bytes is refused when counted in UTF-8, not in characters', () => {
    const data = '\u20ac'.repeat(Math.floor(room / 3) + 1);
    expect(refusal(() => read({ subject: 'x', data })).code).toBe('too-large');
    expect(read({ subject: 'x', data: data.slice(1) }).events).toHaveLength(1);
  });

  it('too many bytes beside one that is not valid: what is not valid is told first', () => {
    expect(refusal(() => read([of(room + 1), {}])).code).toBe('invalid');
  });
});

describe('a session', () => {
  it.each(BAD_SESSIONS)('is refused in a body, by its field: %j', (session_id) => {
    const refused = {
      code: 'invalid',
      fields: ['session_id'],
      errors: [{ field: 'session_id', message: SESSION_RULE }],
    };
    expect(refusal(() => readInit({ session_id }))).toEqual(refused);
    expect(refusal(() => readSubmission({ session_id, content: 'x' }))).toEqual(refused);
  });

  it.each([undefined, ...BAD_SESSIONS])('is refused in a path: %j', (part) => {
    expect(refusal(() => pathSession(part))).toEqual({
      code: 'invalid',
      fields: ['path session_id'],
      errors: [{ field: 'path session_id', message: SESSION_RULE }],
    });
  });

  it.each<[string, string[], string]>([
    ['no path', [], 'path session_id'],
    ['an empty session', ['/ws/arena/'], 'path session_id'],
    ['a session that breaks the rule', ['/ws/arena/a b'], 'path session_id'],
    ['one that is encoded twice', ['/ws/arena/a%2Fb'], 'path session_id'],
    ['two paths', ['/ws/arena/a', '/ws/arena/b'], 'query path'],
    ['the same path twice', ['/ws/arena/a', '/ws/arena/a'], 'query path'],
  ])('is refused in a handshake: %s', (_title, paths, field) => {
    expect(refusal(() => watchedChannel(paths))).toMatchObject({ code: 'invalid', fields: [field] });
  });
});

describe('what a game master sends', () => {
  it.each<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['a list', [], ['body']],
    ['a string', 'test-001', ['body']],
    ['an empty object', {}, ['session_id']],
    ['a session that is a number', { session_id: 1 }, ['session_id']],
  ])('is refused by the names of its fields, to begin a session: %s', (_title, body, fields) => {
    expect(refusal(() => readInit(body))).toMatchObject({ code: 'invalid', fields });
  });

  it.each<[string, unknown, string[]]>([
    ['null', null, ['body']],
    ['nothing', {}, ['session_id', 'content']],
    ['no content', { session_id: 'a' }, ['content']],
    ['an empty content', { session_id: 'a', content: '' }, ['content']],
    ['a content that is no text', { session_id: 'a', content: { x: 1 } }, ['content']],
    ['both wrong', { session_id: '-', content: null }, ['session_id', 'content']],
  ])('is refused by the names of its fields, as news: %s', (_title, body, fields) => {
    expect(refusal(() => readSubmission(body))).toMatchObject({ code: 'invalid', fields });
    const ofPath = fields.filter((field) => field !== 'session_id');
    expect(refusal(() => readNews(body))).toMatchObject({ code: 'invalid', fields: ofPath });
  });

  it.each<[string, string, number]>([
    ['text', 'x'.repeat(102_399), 102_401],
    ['what JSON escapes', '\n'.repeat(51_200), 102_402],
    ['what UTF-8 has more bytes for', '\u20ac'.repeat(34_133), 102_401],
    ['half a surrogate pair', '\ud800'.repeat(17_067), 102_404],
  ])('is refused as too large by its bytes as JSON: %s', (_title, content, bytes) => {
    const message = `is ${bytes} bytes as JSON; at most 102400 are taken`;
    const tooLarge = { code: 'too-large', fields: ['content'], errors: [{ field: 'content', message }] };
    expect(refusal(() => readNews({ content }))).toEqual(tooLarge);
    expect(refusal(() => readSubmission({ session_id: 'a', content }))).toEqual(tooLarge);
  });
});
