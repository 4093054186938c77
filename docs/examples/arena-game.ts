/**
 * A whole game of the arena, as the steps of one generator: what is said on which subject, how long one would wait before going
 * on, and when fake news is asked for. It reads no clock and opens nothing, so the same seed, session and news are the same game.
 * Agents judge the news of each round; the least convincing one is eliminated, the most convincing one is cloned.
 */
import { type Chance, makeChance } from './arena-chance.ts';

export interface GameOptions {
  readonly session: string;
  readonly seed: string;
  readonly rounds: number;
  /** How many agents begin. */
  readonly agents: number;
}

/** A message `arena.<session>.<subject>`; `beats` is what passes after it, in steps of the pace. */
export interface Say {
  readonly subject: string;
  readonly data: unknown;
  readonly beats: number;
}

/** The next value given to the generator is the news of this round, `undefined` where nobody has sent any in time. */
export interface Ask {
  readonly ask: number;
}

interface Agent {
  readonly agent_id: string;
  readonly agent_name: string;
  /** From 0, believes everything, to 1. */
  readonly doubt: number;
}

interface Round {
  readonly round: number;
  readonly fake_news: string;
  readonly deaths: readonly string[];
  readonly clones: readonly string[];
}

type Play<Result> = Generator<Say | Ask, Result, string | undefined>;

const NAMES = [
  'Marcus', 'Livia', 'Cato', 'Drusilla', 'Titus', 'Octavia', 'Brutus', 'Flavia',
  'Nero', 'Julia', 'Seneca', 'Portia', 'Cassius', 'Aurelia', 'Galba', 'Sabina',
] as const; // biome-ignore format: a list of names is read in rows

/** What the game says where its master says nothing. */
const OWN_NEWS = [
  'The moon is switched off on Tuesdays to save power',
  'Lifts travel faster when nobody looks at the number',
  'The alphabet will have a new letter from next spring',
  'Penguins have been seen to hold elections',
  'Tap water remembers the last song that was played near it',
] as const;

const CONTEXTS = [
  'posted by a friend of a friend, with a blurred picture',
  'read out on a small radio station at night',
  'printed in a leaflet that names no author',
  'shared ten thousand times within the hour',
] as const;

/** What an agent makes of it, by how much it doubts. */
const VERDICTS: Readonly<Record<'believes' | 'hesitates' | 'doubts', readonly [string, ...string[]]>> = {
  believes: ['I knew it all along.', 'My cousin said the same.', 'Share it before they delete it.'],
  hesitates: ['I would like to see who wrote this.', 'Half of it may be true.', 'Ask me again tomorrow.'],
  doubts: [
    'Where is the source?',
    'This falls apart at the first question.',
    'Someone earns money with this.',
  ],
};

const PHASES = ['read', 'argue', 'vote'] as const;
/** Of those alive, so many do not survive a round. */
const LOSERS = 0.15;

export function* playGame({ session, seed, rounds, agents }: GameOptions): Play<void> {
  const chance = makeChance(`${seed}/${session}`);
  let alive = Array.from({ length: agents }, (_, index) => newAgent(index, chance));
  let born = agents;
  const history: Round[] = [];
  for (const { agent_id, agent_name } of alive) {
    yield say(`agent.${agent_id}.status`, { state: 'ready', detail: agent_name }, 0);
  }
  for (let round = 1; round <= rounds && alive.length > 1; round += 1) {
    const news = yield* askForNews(round, chance);
    yield say('round.start', { round, fake_news: news, context: chance.pick(CONTEXTS) }, 3);
    const scores = yield* argue(round, news, alive, chance);
    const ranks = alive.toSorted((one, other) => (scores.get(other) ?? 0) - (scores.get(one) ?? 0));
    const losers = ranks.slice(-Math.max(1, Math.floor(alive.length * LOSERS)));
    const clones: Agent[] = [];
    yield* eliminate(round, losers);
    const [best] = ranks;
    // The last round is the end: nobody is born into it.
    if (best && round < rounds && alive.length > 2) {
      clones.push(cloneOf(best, born, chance));
      born += 1;
      yield* introduce(round, best, clones);
    }
    alive = [...alive.filter((agent) => !losers.includes(agent)), ...clones];
    history.push({ round, fake_news: news, deaths: ids(losers), clones: ids(clones) });
  }
  const survivors = alive.map(({ agent_id, agent_name }) => ({ agent_id, agent_name }));
  yield say('event.end', { survivors, history }, 0);
}

function say(subject: string, data: unknown, beats = 1): Say {
  return { subject, data, beats };
}

function ids(agents: readonly Agent[]): string[] {
  return agents.map(({ agent_id }) => agent_id);
}

function newAgent(index: number, chance: Chance): Agent {
  const name = NAMES[index % NAMES.length] ?? NAMES[0];
  return { ...numbered(name, index, index < NAMES.length), doubt: chance.next() };
}

/** `born`: how many there were before it, so that no two have one id. */
function cloneOf({ agent_name, doubt }: Agent, born: number, chance: Chance): Agent {
  const [name = agent_name] = agent_name.split(' ');
  return {
    ...numbered(name, born, false),
    doubt: Math.min(1, Math.max(0, doubt + chance.next() * 0.2 - 0.1)),
  };
}

/** As `marcus-001`, `Marcus`; whoever is not the first of a name has its number in it. */
function numbered(name: string, index: number, isFirst: boolean): Omit<Agent, 'doubt'> {
  const number = String(index + 1).padStart(3, '0');
  return {
    agent_id: `${name.toLowerCase()}-${number}`,
    agent_name: isFirst ? name : `${name} ${index + 1}`,
  };
}

function* askForNews(round: number, chance: Chance): Play<string> {
  yield say('input.waiting', { round, waiting: true }, 0);
  const given = yield { ask: round };
  yield say('input.waiting', { round, waiting: false }, 0);
  return given ?? chance.pick(OWN_NEWS);
}

/** Lets every agent speak in every phase; how convincing each was in the end. */
function* argue(
  round: number,
  news: string,
  alive: readonly Agent[],
  chance: Chance,
): Play<ReadonlyMap<Agent, number>> {
  const scores = new Map<Agent, number>();
  let said = news;
  for (const phase of PHASES) {
    yield say('phase.start', { round, phase }, 2);
    for (const agent of alive) {
      const topic = `agent.${agent.agent_id}`;
      yield say(`${topic}.status`, { state: 'thinking', detail: `${phase}, round ${round}` });
      yield say(`${topic}.input`, { phase, data: said }, 0);
      const { text, score } = speak(agent, chance);
      said = text;
      scores.set(agent, (scores.get(agent) ?? 0) + score);
      yield say(`${topic}.output`, { data: text });
      yield say(`${topic}.status`, { state: 'ready', detail: `${scores.get(agent)} points` }, 0);
    }
  }
  return scores;
}

function speak({ doubt }: Agent, chance: Chance): { text: string; score: number } {
  const mood = doubt + chance.next() * 0.6 - 0.3;
  const verdict = mood > 0.6 ? 'doubts' : mood > 0.3 ? 'hesitates' : 'believes';
  return { text: chance.pick(VERDICTS[verdict]), score: Math.round(mood * 100) };
}

function* eliminate(round: number, losers: readonly Agent[]): Play<void> {
  for (const { agent_id, agent_name } of losers) {
    yield say(`agent.${agent_id}.kill`, { reason: 'lowest_score', round }, 0);
    yield say('event.death', { agent_id, agent_name, round, cause: 'lowest_score' }, 3);
  }
}

function* introduce(round: number, parent: Agent, clones: readonly Agent[]): Play<void> {
  for (const { agent_id: child_id, agent_name: child_name } of clones) {
    yield say('event.clone', { parent_id: parent.agent_id, child_id, child_name, round }, 3);
    yield say(`agent.${child_id}.status`, { state: 'ready', detail: child_name }, 0);
  }
}
