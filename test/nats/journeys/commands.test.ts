/** Commands to the engine: who may send what, and what arrives on NATS (contract rows A2, A3, A5, A6, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import {
  command,
  commanded,
  fakenewsPath,
  INIT,
  NEWS,
  newArena,
  PATIENCE_MS,
  seen,
  watch,
} from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';
import { needs } from '../../support/needs.ts';
import { expectProblem } from '../../support/webhook.ts';

let arena: Arena;
let engine: ArenaEngine;
beforeAll(async () => {
  arena = await startArena();
  engine = await arena.engine();
});
afterAll(() => arena?.close());

/** What the engine has heard of a session, each once: a command that was not answered is sent again. */
async function heardOf(session: string, count: number): Promise<[string, string][]> {
  const heard = await engine.hears(session, count, PATIENCE_MS);
  const distinct = new Map(heard.map(({ subject, text }) => [`${subject} ${text}`, { subject, text }]));
  return [...distinct.values()].map(({ subject, text }) => [subject, text]);
}

/** Both ways to say the news. */
const WAYS: readonly [string, (session: string) => string, (session: string, content: unknown) => unknown][] =
  [
    ['POST /submit_news', () => NEWS, (session_id, content) => ({ session_id, content })],
    ['POST /arena/{sid}/fakenews', fakenewsPath, (_, content) => ({ content })],
  ];

describe('A2: POST /init_session', () => {
  test.each(['a', '0', `Session_${'x'.repeat(56)}`, 'with-hyphen_and_underscore-'])(
    'publishes arena.init for %s',
    async (prefix) => {
      const session = prefix.length === 64 ? prefix : `${prefix}${newArena()}`.slice(0, 64);
      await commanded(arena.cloud, INIT, { session_id: session }, session);
      const [[subject, text] = [], ...others] = await heardOf(session, 1);
      expect(subject).toBe('arena.init');
      expect(JSON.parse(text ?? '')).toEqual({ session_id: session });
      expect(others).toEqual([]);
    },
  );

  test('is no event of the session', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    await commanded(arena.cloud, INIT, { session_id: session }, session);
    await engine.hears(session, 1, PATIENCE_MS);
    await engine.tell(session, 'round.start', 1);
    expect(await seen(client, 1)).toEqual([['round.start', 1]]);
    await client.close();
  });
});

describe.each(WAYS)('A3: %s', (_, pathOf, bodyOf) => {
  test.each([
    'Birds are government drones',
    'x',
    ' ',
    '"quoted" and \\ and \n and \u0000',
    '東京 💥 é',
    '{"looks":"like JSON"}',
    'null',
    'n'.repeat(100_000),
  ])('publishes the news as a JSON string: %.40j', async (content) => {
    const session = newArena();
    await commanded(arena.cloud, pathOf(session), bodyOf(session, content), session);
    const heard = await heardOf(session, 1);
    expect(heard).toEqual([[`arena.${session}.input.fakenews`, expect.any(String)]]);
    expect(JSON.parse(heard[0]?.[1] ?? '')).toBe(content);
  });

  test('A5: is not relayed back to the session’s clients', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    await commanded(arena.cloud, pathOf(session), bodyOf(session, 'news'), session);
    await engine.hears(session, 1, PATIENCE_MS);
    await engine.tell(session, 'round.start', 1);
    expect(await seen(client, 1)).toEqual([['round.start', 1]]);
    await client.close();
  });

  test('refuses what is over 100 KB, in bytes, with 413', async () => {
    const session = newArena();
    for (const content of ['n'.repeat(102_401), '💥'.repeat(26_000)]) {
      expectProblem(await command(arena.cloud, pathOf(session), bodyOf(session, content)), 413);
    }
    await expectUnheard(session);
  });

  test.each([
    ['empty', ''],
    ['a number', 5],
    ['null', null],
    ['a list', ['news']],
    ['missing', undefined],
  ])('refuses content that is %s by name', async (__, content) => {
    const session = newArena();
    const answer = await command(arena.cloud, pathOf(session), bodyOf(session, content));
    expect(expectProblem(answer, 400).errors.map(({ field }) => field)).toEqual(['content']);
    await expectUnheard(session);
  });
});

/** Whatever was published before this command's own message is here once that is. */
async function settle(): Promise<string> {
  const marker = newArena();
  await commanded(arena.cloud, INIT, { session_id: marker }, marker);
  await engine.hears(marker, 1, PATIENCE_MS);
  return marker;
}

async function expectUnheard(session: string): Promise<void> {
  await settle();
  expect(engine.about(session)).toEqual([]);
}

/** Nothing but the marker's own message has come since so many were there. */
async function expectNothingSince(before: number): Promise<void> {
  const marker = await settle();
  expect(engine.heard.slice(before).filter(({ text }) => !text.includes(marker))).toEqual([]);
}

const BAD_SESSIONS: readonly unknown[] = [
  '',
  'a.b',
  'a b',
  '*',
  '>',
  'a.*',
  'a.>',
  '-a',
  '_a',
  'x'.repeat(65),
  'é',
  'a\n',
  'a/b',
  'a%2Eb',
];

describe('A6: the session', () => {
  test.each([...BAD_SESSIONS, 5, null, ['a'], undefined])(
    '%j is refused by name, and nothing is published',
    async (session_id) => {
      const before = engine.heard.length;
      const init = await command(arena.cloud, INIT, { session_id });
      const news = await command(arena.cloud, NEWS, { session_id, content: 'news' });
      for (const answer of [init, news]) {
        expect(expectProblem(answer, 400).errors.map(({ field }) => field)).toEqual(['session_id']);
      }
      await expectNothingSince(before);
    },
  );

  test.each(BAD_SESSIONS.filter((session) => session !== '' && session !== 'a/b'))(
    '%j in the path is refused, and nothing is published',
    async (session) => {
      const before = engine.heard.length;
      const path = fakenewsPath(encodeURIComponent(String(session)));
      const { errors } = expectProblem(await command(arena.cloud, path, { content: 'news' }), 400);
      expect(errors).toHaveLength(1);
      await expectNothingSince(before);
    },
  );

  test('session and content that are both wrong are both named', async () => {
    const answer = await command(arena.cloud, NEWS, { session_id: 'a.b', content: '' });
    const fields = expectProblem(answer, 400).errors.map(({ field }) => field);
    expect(fields.toSorted()).toEqual(['content', 'session_id']);
  });
});

needs('settings', () => {
  describe('where ARENA_TOKEN is set', () => {
    const token = 'the-token-of-these-arenas';
    let guarded: Arena;
    let listener: ArenaEngine;
    beforeAll(async () => {
      guarded = await startArena({ environment: { ARENA_TOKEN: token } });
      listener = await guarded.engine();
    });
    afterAll(() => guarded?.close());

    test.each<[string, Record<string, string>]>([
      ['none', {}],
      ['a wrong one', { authorization: 'Bearer not-the-token' }],
      ['a part of it', { authorization: `Bearer ${token.slice(0, -1)}` }],
      ['more than it', { authorization: `Bearer ${token}x` }],
      ['it as another kind', { authorization: `Basic ${token}` }],
      ['the senders’ token', { 'x-relay-token': 'dev-secret' }],
    ])('%s is answered with 401, whatever the body, and nothing is published', async (_, headers) => {
      const session = newArena();
      for (const [path, body] of [
        [INIT, { session_id: session }],
        [NEWS, { session_id: session, content: 'news' }],
        [fakenewsPath(session), { content: 'news' }],
        [INIT, { session_id: 'a.b' }],
      ] as const) {
        expectProblem(await command(guarded.cloud, path, body, headers), 401, path);
      }
      const marker = newArena();
      await commanded(guarded.cloud, INIT, { session_id: marker }, marker);
      await listener.hears(marker, 1, PATIENCE_MS);
      expect(listener.about(session)).toEqual([]);
    });

    test('whoever shows it is let in', async () => {
      const session = newArena();
      await commanded(guarded.cloud, INIT, { session_id: session }, session);
      await commanded(guarded.cloud, NEWS, { session_id: session, content: 'one' }, session);
      await commanded(guarded.cloud, fakenewsPath(session), { content: 'two' }, session);
      const texts = (await listener.hears(session, 3, PATIENCE_MS)).map(({ text }) => text);
      expect([...new Set(texts)].slice(1)).toEqual(['"one"', '"two"']);
    });
  });
});
