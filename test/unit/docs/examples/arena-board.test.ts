/** What the arena's page knows of a game: a whole one, a hostile one, and one that is too large. */
import { describe, expect, it } from 'vitest';
import { type ArenaEvent, Board, MOST_AGENTS, MOST_LINES } from '../../../../docs/examples/arena-board.ts';
import { playGame } from '../../../../docs/examples/arena-game.ts';

let seq = 0;
function event(subject: string, data: unknown): ArenaEvent {
  seq += 1;
  return { id: `epoch.${seq}`, seq, subject, data };
}

function boardOf(...events: readonly (readonly [string, unknown])[]): Board {
  const board = new Board();
  for (const [subject, data] of events) board.take(event(subject, data));
  return board;
}

const texts = (board: Board) => board.lines.map(({ round, kind, text }) => `${round} ${kind}: ${text}`);

const death = (agent_id: string, round: number) =>
  ['event.death', { agent_id, agent_name: 'Marcus', round, cause: 'lowest_score' }] as const;

describe('the board', () => {
  it('follows a game of the sample engine from its first word to its last', () => {
    const board = new Board();
    const game = playGame({ session: 's1', seed: 'arena', rounds: 3, agents: 5 });
    for (let step = game.next(); !step.done; step = game.next(undefined)) {
      if (!('ask' in step.value)) board.take(event(step.value.subject, step.value.data));
    }
    const deaths = board.lines.filter(({ kind }) => kind === 'death');
    const clones = board.lines.filter(({ kind }) => kind === 'clone');
    expect(board.lines.filter(({ kind }) => kind === 'round').map(({ round }) => round)).toEqual([1, 2, 3]);
    expect(board.agents.size).toBe(5 + clones.length);
    expect(board.alive()).toBe(board.agents.size - deaths.length);
    expect(board.end?.survivors).toHaveLength(board.alive());
    expect(board.end?.history.map(({ round }) => round)).toEqual(['1', '2', '3']);
    expect([board.game, board.round, board.waitsFor]).toEqual([1, 3, 0]);
  });

  it('knows the round, its phase and its news, and which round waits', () => {
    const board = boardOf(['input.waiting', { round: 1, waiting: true }]);
    expect(board.waitsFor).toBe(1);
    board.take(event('round.start', { round: 1, fake_news: 'Birds are drones', context: 'on a wall' }));
    expect([board.waitsFor, board.round, board.news, board.context]).toEqual([
      0,
      1,
      'Birds are drones',
      'on a wall',
    ]);
    board.take(event('phase.start', { round: 1, phase: 'argue' }));
    expect(board.phase).toBe('argue');
  });

  it('knows of each agent what it does, what it said, whose clone it is and how it died', () => {
    const board = boardOf(
      ['agent.a-1.status', { state: 'thinking', detail: 'vote' }],
      ['agent.a-1.output', { data: { verdict: 'true' } }],
      ['event.clone', { parent_id: 'a-1', child_id: 'b-2', child_name: 'Bea', round: 1 }],
      ['agent.a-1.kill', { reason: 'lowest_score', round: 1 }],
    );
    expect(board.agents.get('a-1')).toMatchObject({
      state: 'thinking',
      detail: 'vote',
      words: '{"verdict":"true"}',
      death: { round: 1, cause: 'lowest_score' },
    });
    expect(board.agents.get('b-2')).toMatchObject({ name: 'Bea', parent: 'a-1', death: undefined });
    expect(texts(board)).toEqual(['1 clone: Bea (b-2) is a clone of a-1']);
    expect([...board.changed]).toEqual(['a-1', 'b-2']);
  });

  it('begins anew with the round after an end, and where an engine is back at an earlier round', () => {
    const board = boardOf(death('a-1', 3), ['event.end', { survivors: ['b-2'], history: [] }]);
    expect(board.end).toEqual({ survivors: ['b-2'], history: [] });
    board.take(event('input.waiting', { round: 1, waiting: true }));
    expect([board.game, board.agents.size, board.end]).toEqual([2, 0, undefined]);
    board.take(event('round.start', { round: 5 }));
    board.take(event('round.start', { round: 1 }));
    expect([board.game, board.round]).toEqual([3, 1]);
    expect(board.lines).toHaveLength(4);
  });

  it('shows what it has no place for as a line', () => {
    expect(texts(boardOf(['engine.note', { by: 'nobody' }], ['agent', 'text']))).toEqual([
      '0 other: engine.note {"by":"nobody"}',
      '0 other: agent text',
    ]);
  });

  it('says what is lost', () => {
    const board = new Board();
    board.miss('e.1', 'e.9');
    expect(texts(board)).toEqual(['0 gap: What came after e.1, up to e.9, is lost.']);
  });
});

describe('the board among bad engines', () => {
  const anything = [
    null,
    undefined,
    true,
    7,
    '',
    'text',
    [],
    [null],
    {},
    { too_large: 1 },
    { base64: 'AA==' },
  ];
  const subjects = ['round.start', 'phase.start', 'input.waiting', 'event.death', 'event.clone', 'event.end'];
  const ofAgents = ['input', 'output', 'status', 'kill', 'x', ''].map((what) => `agent.a-1.${what}`);

  it.each([...subjects, ...ofAgents, '', '.', 'agent', 'agent..status', 'agent.a.b.c'])(
    'takes anything as the payload of "%s"',
    (subject) => {
      const board = boardOf(...anything.map((data) => [subject, data] as const));
      expect(board.events).toBe(anything.length);
      for (const { text } of board.lines) expect(typeof text).toBe('string');
      for (const { words, state, name } of board.agents.values()) {
        expect([words, state, name].map((text) => typeof text)).toEqual(['string', 'string', 'string']);
      }
    },
  );

  it('reads fields of an object alone, not what every object has', () => {
    const board = boardOf(
      ['agent.__proto__.status', { state: 'up' }],
      ['event.death', JSON.parse('{"__proto__": {"agent_id": "x"}}')],
    );
    expect([...board.agents.keys()]).toEqual(['__proto__']);
    expect(Object.hasOwn(Object.prototype, 'state')).toBe(false);
  });

  it('bounds agents, lines and letters, and counts on', () => {
    const board = new Board();
    for (let n = 0; n < MOST_AGENTS + 5; n += 1) board.take(event(`agent.a-${n}.output`, 'x'.repeat(2_000)));
    for (let round = 1; round <= MOST_LINES + 7; round += 1) board.take(event('round.start', { round }));
    expect([board.agents.size, board.others.size, board.changed.size]).toEqual([MOST_AGENTS, 5, MOST_AGENTS]);
    expect(board.agents.get('a-0')?.words).toHaveLength(601);
    expect(board.lines).toHaveLength(MOST_LINES);
    expect(board.lines.at(-1)).toMatchObject({ number: MOST_LINES + 7, round: MOST_LINES + 7 });
  });
});
