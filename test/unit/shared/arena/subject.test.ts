import { describe, expect, it } from 'vitest';
import { arenaChannel, isSession, newsSubject, readSubject } from '../../../../shared/arena/subject.ts';

describe('a session', () => {
  it.each(['a', '0', 'test-001', 'A_b-C', 'a-', 'a_', 'x'.repeat(64), '__proto__'.slice(2)])(
    'may be %j',
    (text) => {
      expect(isSession(text)).toBe(true);
    },
  );

  it.each([
    '',
    '-a',
    '_a',
    '__proto__',
    'x'.repeat(65),
    'a b',
    'a.b',
    'a/b',
    'ä',
    'a\n',
    '\na',
    'a%20',
    '*',
    '>',
  ])('may not be %j', (text) => {
    expect(isSession(text)).toBe(false);
  });
});

describe('a subject', () => {
  it.each([
    ['arena.s1.round.start', 's1', 'round.start'],
    ['arena.s1.agent.marcus-001.output', 's1', 'agent.marcus-001.output'],
    ['arena.s1.input.waiting', 's1', 'input.waiting'],
    ['arena.s1.input', 's1', 'input'],
    ['arena.s1.x', 's1', 'x'],
    ['arena.s1.input.fakenews.x', 's1', 'input.fakenews.x'],
    ['arena.s1.x.input.fakenews', 's1', 'x.input.fakenews'],
    ['arena.s1.Input.fakenews', 's1', 'Input.fakenews'],
    ['arena.s1.ä€\u{1F600}."\\', 's1', 'ä€\u{1F600}."\\'],
    ['arena.init.x', 'init', 'x'],
    [`arena.${'x'.repeat(64)}.x`, 'x'.repeat(64), 'x'],
  ])('%s is of session %s, with the suffix %s', (subject, session, suffix) => {
    expect(readSubject(subject)).toEqual({ session, suffix });
  });

  it.each([
    'arena.init',
    'arena.s1',
    'arena',
    '',
    'arenas.s1.x',
    'Arena.s1.x',
    'x.arena.s1.x',
    'arena.s1.input.fakenews',
    'arena._s1.x',
    `arena.${'x'.repeat(65)}.x`,
    'arena.s 1.x',
    'arena.ä.x',
    'arena..x',
  ])('%j is never relayed', (subject) => {
    expect(readSubject(subject)).toBeUndefined();
  });

  it('that the relay itself publishes on is never relayed back', () => {
    expect(newsSubject('s1')).toBe('arena.s1.input.fakenews');
    expect(readSubject(newsSubject('s1'))).toBeUndefined();
  });

  it('has its session’s channel', () => {
    expect(arenaChannel('s1')).toBe('arena:s1');
  });
});
