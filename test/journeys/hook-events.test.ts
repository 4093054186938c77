/** Hook events end to end: what a tool may post, and in which form a socket gets it (contract rows H3, X3, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  bearer,
  CLI,
  call,
  eventIds,
  expectRefused,
  granted,
  hookEvent,
  issueToken,
  postCli,
  postEvent,
  postMany,
  type Watched,
  watched,
  wrongFields,
} from '../support/hook-client.ts';
import { expectNumbers } from '../support/numbers.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

/** Runs it beside a connected client; afterwards the next event is the client's first. */
async function leavesNoTrace(act: (watcher: Watched) => Promise<void>): Promise<void> {
  const watcher = await watched(cloud);
  await act(watcher);
  const event_id = await postEvent(cloud, watcher.token);
  const [frame] = await watcher.socket.frames(1);
  expect(frame?.event_id).toBe(event_id);
  expectNumbers([frame], [1]);
  await watcher.socket.close();
}

describe('H3: a post', () => {
  test.each(['task_started', 'task_progress', 'task_succeeded', 'task_failed', 'log'])(
    'of %s arrives as sent, with id and seq, and nothing else',
    async (event_type) => {
      const { token, socket } = await watched(cloud);
      const event = hookEvent({
        event_type,
        event_id: `run-1/${event_type}`,
        payload: { of: ['ü', 1, null] },
      });
      const answer = await postCli(cloud, token, { ...event, note: 'x', id: 'mine', seq: 9, user_id: 'u' });
      expect(granted(answer, ['ok', 'event_id'])).toEqual({ ok: true, event_id: event.event_id });
      const [frame] = await socket.frames(1);
      expect(frame).toEqual({ ...event, id: expect.stringMatching(/^.+\..+$/), seq: expect.any(Number) });
      expectNumbers([frame], [1]);
      await socket.close();
    },
  );

  test('without an event_id is given one', async () => {
    const { token, socket } = await watched(cloud);
    const ids = await postMany(cloud, { token }, 2);
    expect(new Set(ids).size).toBe(2);
    expect(eventIds(await socket.frames(2))).toEqual(ids);
    await socket.close();
  });

  test.each([
    ['an object', { a: { b: [1, 'ü', { c: null }] } }],
    ['an empty object', {}],
    ['a list', [1, [], {}]],
    ['a text', 'line 1\nline 2 🚀'],
    ['an empty text', ''],
    ['a number', -1.5],
    ['zero', 0],
    ['true', true],
    ['false', false],
    ['null', null],
  ])('may carry %s as its payload', async (_, payload) => {
    const { token, socket } = await watched(cloud);
    await postEvent(cloud, token, { payload });
    expect((await socket.frames(1))[0]?.payload).toEqual(payload);
    await socket.close();
  });

  test.each([
    '2026-11-21',
    '2024-02-29',
    '2026-11-21T12:00:00Z',
    '2026-11-21T12:00:00.123Z',
    '2026-11-21T12:00:00.123456789Z',
    '2026-11-21T12:00:00+02:00',
    '2026-11-21T12:00:00-11:30',
    '2026-11-21T12:00:00',
    '2026-11-21T12:00',
    '1969-07-20T20:17:40Z',
  ])('keeps a ts of %s as it was sent', async (ts) => {
    const { token, socket } = await watched(cloud);
    await postEvent(cloud, token, { ts });
    expect((await socket.frames(1))[0]?.ts).toBe(ts);
    await socket.close();
  });

  test.each<unknown>([
    '2026-02-30',
    '2025-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-11-21T25:00:00Z',
    '2026-11-21T12:60:00Z',
    '2026-11-21T12:00:00+25:00',
    '2026-11-21T12:00:00Zzz',
    ' 2026-11-21',
    '2026-11-21 ',
    '21.11.2026',
    'Sat, 21 Nov 2026 12:00:00 GMT',
    'yesterday',
    '1763726400',
    '',
    1_763_726_400,
    null,
    {},
  ])('with a ts of %j is refused by name', (ts) =>
    leavesNoTrace(async ({ token }) => {
      expect(wrongFields(await postCli(cloud, token, hookEvent({ ts })))).toEqual(['ts']);
    }),
  );

  test.each<[string, string, unknown]>([
    ['event_type', 'a type that there is not', 'task_done'],
    ['event_type', 'capitals', 'LOG'],
    ['event_type', 'an empty text', ''],
    ['event_type', 'a number', 5],
    ['event_type', 'null', null],
    ['event_type', 'a list', ['log']],
    ['event_id', 'an empty text', ''],
    ['event_id', '1,025 characters', 'x'.repeat(1_025)],
    ['event_id', 'a number', 5],
    ['event_id', 'null', null],
    ['event_id', 'an object', {}],
  ])('whose %s is %s is refused by name', (field, _, value) =>
    leavesNoTrace(async ({ token }) => {
      expect(wrongFields(await postCli(cloud, token, hookEvent({ [field]: value })))).toEqual([field]);
    }),
  );

  test.each(['event_type', 'ts', 'payload'])('without %s is refused by name', (field) =>
    leavesNoTrace(async ({ token }) => {
      const { [field]: _, ...rest } = hookEvent();
      expect(wrongFields(await postCli(cloud, token, rest))).toEqual([field]);
    }),
  );

  test('names every field that is wrong at once', () =>
    leavesNoTrace(async ({ token }) => {
      const answer = await postCli(cloud, token, { event_type: 'x', event_id: '', ts: 'now' });
      expect(wrongFields(answer).toSorted()).toEqual(['event_id', 'event_type', 'payload', 'ts']);
    }));

  test.each<[string, string]>([
    ['nothing', ''],
    ['a list of events', JSON.stringify([hookEvent()])],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['a text', JSON.stringify('task_started')],
    ['an event_type by prototype alone', `{"ts":"2026-11-21","payload":1,"__proto__":{"event_type":"log"}}`],
  ])('of %s is answered with 400', (_, body) =>
    leavesNoTrace(async ({ token }) => void expectRefused(await postCli(cloud, token, body), 400)),
  );

  test('with a payload 10,000 deep does no harm, whether it is taken or refused', async () => {
    const { token, socket } = await watched(cloud);
    const deep = '['.repeat(10_000) + ']'.repeat(10_000);
    const answer = await postCli(cloud, token, `{"event_type":"log","ts":"2026-11-21","payload":${deep}}`);
    if (answer.status === 200) await socket.frames(1);
    else expectRefused(answer, 400);
    const last = await postEvent(cloud, token);
    await socket.frameWhere(({ event_id }) => event_id === last);
    await socket.close();
  });

  test('may have an event_id of 1,024 characters beyond ASCII', async () => {
    const { token, socket } = await watched(cloud);
    const event_id = '🚀'.repeat(1_024);
    expect(await postEvent(cloud, token, { event_id })).toBe(event_id);
    expect((await socket.frames(1))[0]?.event_id).toBe(event_id);
    await socket.close();
  });

  test('is judged by its credentials before its body', async () => {
    const { user, socket } = await watched(cloud);
    for (const body of ['{', '{}', 'x'.repeat(200_000)]) {
      expectRefused(await call(cloud, CLI, { body }), 401);
      expectRefused(await call(cloud, CLI, { headers: bearer('x'), body }), 401);
      expectRefused(await call(cloud, CLI, { headers: bearer(user.session), body }), 403);
    }
    await socket.close();
  });
});

describe('H3: a post that is repeated', () => {
  const namings: [
    string,
    (name: string) => { fields?: Record<string, string>; headers?: Record<string, string> },
  ][] = [
    ['event_id', (event_id) => ({ fields: { event_id } })],
    ['Idempotency-Key', (name) => ({ headers: { 'Idempotency-Key': name } })],
    ['webhook-id', (name) => ({ headers: { 'webhook-id': name } })],
  ];

  describe.each(namings)('under its %s', (_, naming) => {
    const { fields = {}, headers = {} } = naming('run-1');

    test('is answered as the first was, and reaches nobody', async () => {
      const { token, socket, user } = await watched(cloud);
      const first = await postEvent(cloud, token, { ...fields, payload: 'first' }, headers);
      const again = await postEvent(
        cloud,
        token,
        { ...fields, payload: 'second', event_type: 'log' },
        headers,
      );
      const byAnother = (await issueToken(cloud, user)).token;
      const third = await postEvent(cloud, byAnother, { ...fields, payload: 'third' }, headers);
      const last = await postEvent(cloud, token, { payload: 'last' });
      expect([again, third]).toEqual([first, first]);
      const frames = await socket.frames(2);
      expect(frames.map(({ event_id, payload }) => [event_id, payload])).toEqual([
        [first, 'first'],
        [last, 'last'],
      ]);
      expect(socket.received).toHaveLength(2);
      await socket.close();
    });

    test('at the same time is one event', async () => {
      const { token, socket } = await watched(cloud);
      const posts = [0, 1, 2, 3, 4].map((n) => postEvent(cloud, token, { ...fields, payload: n }, headers));
      const ids = new Set(await Promise.all(posts));
      expect(ids.size).toBe(1);
      const last = await postEvent(cloud, token);
      await socket.frameWhere(({ event_id }) => event_id === last);
      expect(eventIds(socket.received)).toEqual([...ids, last]);
      await socket.close();
    });

    test('by another user is another event', async () => {
      const watchers = [await watched(cloud), await watched(cloud)];
      for (const [n, { token }] of watchers.entries())
        await postEvent(cloud, token, { ...fields, payload: n }, headers);
      for (const [n, { socket }] of watchers.entries()) {
        expect((await socket.frames(1))[0]?.payload).toBe(n);
        expect(socket.received).toHaveLength(1);
        await socket.close();
      }
    });
  });

  test('under another name is another event, and its own event_id goes before the header', async () => {
    const { token, socket } = await watched(cloud);
    const post = (event_id: string, key: string) =>
      postEvent(cloud, token, { event_id }, { 'Idempotency-Key': key });
    expect([await post('a', 'k'), await post('b', 'k'), await post('a', 'l')]).toEqual(['a', 'b', 'a']);
    const last = await postEvent(cloud, token);
    await socket.frameWhere(({ event_id }) => event_id === last);
    expect(eventIds(socket.received)).toEqual(['a', 'b', last]);
    await socket.close();
  });
});

describe('H3: sizes', () => {
  test.each([
    ['plain characters', 'x'.repeat(65_534)],
    ['characters of two bytes', 'é'.repeat(32_767)],
    ['characters that JSON escapes', `${'\n'.repeat(32_767)}`],
    ['a list', Array.from({ length: 21_845 }, () => 10)],
  ])('a payload of up to 65,536 bytes of %s arrives as one message', async (_, payload) => {
    const size = Buffer.byteLength(JSON.stringify(payload));
    expect(size).toBeGreaterThan(65_533);
    expect(size).toBeLessThanOrEqual(65_536);
    const { token, socket } = await watched(cloud);
    await postEvent(cloud, token, { payload });
    expect((await socket.frames(1))[0]?.payload).toEqual(payload);
    expect(socket.texts).toHaveLength(1);
    await socket.close();
  });

  test.each([
    ['plain characters', 'x'.repeat(65_535)],
    ['characters of two bytes', `x${'é'.repeat(32_767)}`],
    ['characters that JSON escapes', `x${'\n'.repeat(32_767)}`],
    ['an object', { text: 'x'.repeat(65_526) }],
  ])('a payload of 65,537 bytes of %s is answered with 413', (_, payload) => {
    expect(Buffer.byteLength(JSON.stringify(payload))).toBe(65_537);
    return leavesNoTrace(
      async ({ token }) => void expectRefused(await postCli(cloud, token, hookEvent({ payload })), 413),
    );
  });

  test('a payload is measured as JSON.stringify writes it, not as it was sent', async () => {
    const { token, socket } = await watched(cloud);
    const payload = 'é'.repeat(32_767);
    const body = JSON.stringify(hookEvent({ payload, ts: '2026-11-21' }))
      .replaceAll('é', '\\u00e9')
      .replaceAll(':', ' :  ');
    granted(await postCli(cloud, token, body), ['ok', 'event_id']);
    expect((await socket.frames(1))[0]?.payload).toBe(payload);
    await socket.close();
  });

  test('a POST of more than 1,048,576 bytes is answered with 413', () =>
    leavesNoTrace(async ({ token }) => {
      const body = JSON.stringify(hookEvent()).padEnd(1_048_577, ' ');
      expectRefused(await postCli(cloud, token, body), 413);
    }));
});
