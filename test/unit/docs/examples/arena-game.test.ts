/** The game of the sample engine: its subjects and payloads are those of the engines that the arena serves. */
import { describe, expect, it } from 'vitest';
import { type GameOptions, playGame, type Say } from '../../../../docs/examples/arena-game.ts';

const base: GameOptions = { session: 's1', seed: 'arena', rounds: 4, agents: 6 };

interface Played {
  readonly said: readonly Say[];
  readonly asked: readonly number[];
}

/** Plays to the end; `news[round]` is what comes for that round. */
function played(options: Partial<GameOptions> = {}, news: Readonly<Record<number, string>> = {}): Played {
  const game = playGame({ ...base, ...options });
  const said: Say[] = [];
  const asked: number[] = [];
  let next: string | undefined;
  for (let step = game.next(); !step.done; step = game.next(next)) {
    next = undefined;
    if ('ask' in step.value) {
      asked.push(step.value.ask);
      next = news[step.value.ask];
    } else said.push(step.value);
  }
  return { said, asked };
}

const about = ({ said }: Played, subject: string) =>
  said.filter((one) => one.subject === subject).map(({ data }) => data as Record<string, unknown>);

/** What is where in each message, by its subject, whose agent is written as `*`. */
const shapes: Readonly<Record<string, readonly string[]>> = {
  'round.start': ['round', 'fake_news', 'context'],
  'phase.start': ['round', 'phase'],
  'agent.*.input': ['phase', 'data'],
  'agent.*.output': ['data'],
  'agent.*.status': ['state', 'detail'],
  'agent.*.kill': ['reason', 'round'],
  'event.death': ['agent_id', 'agent_name', 'round', 'cause'],
  'event.clone': ['parent_id', 'child_id', 'child_name', 'round'],
  'event.end': ['survivors', 'history'],
  'input.waiting': ['round', 'waiting'],
};

describe('the game', () => {
  it('says something on every subject, in the shape that belongs to it, and nothing else', () => {
    const seen = new Map<string, Set<string>>();
    for (const { subject, data } of played().said) {
      const kind = subject.replace(/^agent\.[a-z]+-\d{3}\./, 'agent.*.');
      seen.set(kind, new Set([...(seen.get(kind) ?? []), Object.keys(data as object).join()]));
    }
    const expected = Object.entries(shapes).map(([kind, fields]) => [kind, new Set([fields.join()])]);
    expect(seen).toEqual(new Map(expected as [string, Set<string>][]));
  });

  it('is the same for the same seed, session and news, and another one for others', () => {
    expect(played()).toEqual(played());
    const text = (game: Played) => JSON.stringify(game.said);
    const others = [played({ seed: 'b' }), played({ session: 's2' }), played({}, { 1: 'Birds are drones' })];
    expect(new Set([played(), ...others].map(text)).size).toBe(4);
  });

  it('asks for the news of each round, says that it waits, and plays with what it is given', () => {
    const game = played({}, { 1: 'Birds are drones', 3: 'Cats can vote' });
    expect(game.asked).toEqual([1, 2, 3, 4]);
    const flags = about(game, 'input.waiting').map(({ round, waiting }) => `${round} ${waiting}`);
    expect(flags).toEqual(game.asked.flatMap((round) => [`${round} true`, `${round} false`]));
    const news = about(game, 'round.start').map(({ fake_news }) => fake_news);
    expect([news[0], news[2]]).toEqual(['Birds are drones', 'Cats can vote']);
    expect([news[1], news[3]]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
  });

  it('lets nobody speak who is dead, and nobody die twice', () => {
    const dead = new Set<unknown>();
    for (const { subject, data } of played({ agents: 40, rounds: 8 }).said) {
      const [kind, agent] = subject.split('.');
      if (kind === 'agent' && !subject.endsWith('.kill')) expect(dead).not.toContain(agent);
      if (subject !== 'event.death') continue;
      const { agent_id } = data as { agent_id: string };
      expect(dead).not.toContain(agent_id);
      dead.add(agent_id);
    }
    expect(dead.size).toBeGreaterThan(8);
  });

  it('tells each death by a kill of that agent before it', () => {
    const { said } = played();
    for (const [at, { subject, data }] of said.entries()) {
      if (subject !== 'event.death') continue;
      expect(said[at - 1]?.subject).toBe(`agent.${(data as { agent_id: string }).agent_id}.kill`);
    }
  });

  it('clones somebody alive, under an id and a name that nobody had before', () => {
    const game = played({ agents: 20, rounds: 10 });
    const clones = about(game, 'event.clone');
    expect(clones.length).toBeGreaterThan(3);
    const first = game.said.slice(0, 20).map(({ subject }) => subject.split('.')[1]);
    expect(new Set([...first, ...clones.map(({ child_id }) => child_id)]).size).toBe(20 + clones.length);
    expect(new Set(clones.map(({ child_name }) => child_name)).size).toBe(clones.length);
  });

  it('ends with who is left and what happened', () => {
    const game = played();
    const [end] = about(game, 'event.end');
    expect(game.said.at(-1)?.data).toBe(end);
    const deaths = about(game, 'event.death').map(({ agent_id }) => agent_id);
    const clones = about(game, 'event.clone').map(({ child_id }) => child_id);
    const begun = game.said.slice(0, 6).map(({ subject }) => subject.split('.')[1]);
    const left = [...begun, ...clones].filter((id) => !deaths.includes(id));
    const { survivors, history } = end as {
      survivors: { agent_id: string }[];
      history: { round: number; deaths: string[]; clones: string[] }[];
    };
    expect(survivors.map(({ agent_id }) => agent_id).sort()).toEqual(left.sort());
    expect(history.map(({ round }) => round)).toEqual([1, 2, 3, 4]);
    expect(history.flatMap((round) => round.deaths)).toEqual(deaths);
    expect(history.flatMap((round) => round.clones)).toEqual(clones);
  });

  it('ends before its last round where one is left, and at once where one begins', () => {
    expect(played({ agents: 2, rounds: 9 }).asked).toEqual([1]);
    const alone = played({ agents: 1 });
    expect(alone.asked).toEqual([]);
    expect(about(alone, 'event.end')).toEqual([
      { survivors: [{ agent_id: 'marcus-001', agent_name: 'Marcus' }], history: [] },
    ]);
  });
});
