/**
 * What the page of the arena knows of a game, from the events of its session alone. Engines and their agents write these events,
 * and agents are language models: a field may be missing, of another type, or as long as it likes. So whatever is read here ends
 * as a short text or a number, and everything is bounded: agents, lines of the feed, letters of a text.
 */
import type { RelayEvent } from '@relay/client';
import { itemsOf, numberIn, recordOf, textIn, textOf } from './arena-values.ts';

export const MOST_AGENTS = 1_000;
export const MOST_LINES = 200;

export interface ArenaEvent extends RelayEvent {
  readonly subject: string;
  readonly data: unknown;
}

export interface Agent {
  readonly id: string;
  name: string;
  state: string;
  detail: string;
  /** What it said last. */
  words: string;
  death: { readonly round: number; readonly cause: string } | undefined;
  /** Of whom it is a clone. */
  parent: string;
}

export type LineKind = 'round' | 'death' | 'clone' | 'end' | 'gap' | 'other';

export interface Line {
  /** From 1, over all lines that there ever were. */
  readonly number: number;
  readonly kind: LineKind;
  readonly round: number;
  readonly text: string;
}

export interface End {
  readonly survivors: readonly string[];
  readonly history: readonly {
    readonly round: string;
    readonly news: string;
    readonly deaths: string;
    readonly clones: string;
  }[];
}

export class Board {
  readonly agents = new Map<string, Agent>();
  readonly lines: Line[] = [];
  /** Agents that are looked at anew, until the view has drawn them. */
  readonly changed = new Set<string>();
  events = 0;
  /** Agents beyond those that are kept. */
  readonly others = new Set<string>();
  /** Games since the page was opened. */
  game = 0;
  round = 0;
  phase = '';
  news = '';
  context = '';
  /** The round whose news the game waits for; 0 where it waits for none. */
  waitsFor = 0;
  end: End | undefined;
  #count = 0;

  take({ subject, data }: ArenaEvent): void {
    this.events += 1;
    const facts = recordOf(data);
    const round = numberIn(facts, 'round');
    const opens = subject === 'round.start' || (subject === 'input.waiting' && facts.waiting !== false);
    // An engine that began anew says no end of what it left.
    if (this.game === 0 || (opens && (this.end !== undefined || (round > 0 && round < this.round)))) {
      this.#begin();
    }
    const [kind = '', id = '', what = '', ...more] = subject.split('.');
    if (kind === 'agent' && what !== '' && more.length === 0) this.#hearAgent(id, what, data, facts);
    else this.#hear(subject, data, facts, round);
  }

  /** Some events are lost for good. */
  miss(from: string, to: string): void {
    this.#say('gap', `What came after ${from}, up to ${to}, is lost.`);
  }

  alive(): number {
    let count = 0;
    for (const { death } of this.agents.values()) if (!death) count += 1;
    return count;
  }

  #begin(): void {
    this.game += 1;
    this.agents.clear();
    this.others.clear();
    this.changed.clear();
    this.round = 0;
    this.phase = '';
    this.news = '';
    this.context = '';
    this.waitsFor = 0;
    this.end = undefined;
  }

  #hear(subject: string, data: unknown, facts: Record<string, unknown>, round: number): void {
    if (round > 0) this.round = round;
    switch (subject) {
      case 'round.start':
        this.phase = '';
        this.waitsFor = 0;
        this.news = textIn(facts, 'fake_news');
        this.context = textIn(facts, 'context');
        this.#say('round', this.news);
        break;
      case 'phase.start':
        this.phase = textIn(facts, 'phase');
        break;
      case 'input.waiting':
        this.waitsFor = facts.waiting === false ? 0 : Math.max(1, round);
        break;
      case 'event.death':
        this.#bury(facts, round);
        break;
      case 'event.clone':
        this.#clone(facts);
        break;
      case 'event.end':
        this.#finish(facts);
        break;
      default:
        this.#say('other', `${subject} ${textOf(data)}`);
    }
  }

  #hearAgent(id: string, what: string, data: unknown, facts: Record<string, unknown>): void {
    const agent = this.#agent(id);
    if (!agent) return;
    if (what === 'output') agent.words = textOf('data' in facts ? facts.data : data);
    if (what === 'status') {
      agent.state = textIn(facts, 'state');
      agent.detail = textIn(facts, 'detail');
    }
    if (what === 'kill') {
      agent.death ??= { round: numberIn(facts, 'round'), cause: textIn(facts, 'reason') };
    }
  }

  #bury(facts: Record<string, unknown>, round: number): void {
    const id = textIn(facts, 'agent_id');
    const cause = textIn(facts, 'cause');
    const agent = this.#agent(id);
    if (agent) {
      agent.name = textIn(facts, 'agent_name') || agent.name;
      agent.death = { round, cause };
    }
    this.#say('death', `${called(textIn(facts, 'agent_name'), id)} is out${cause && `: ${cause}`}`);
  }

  #clone(facts: Record<string, unknown>): void {
    const id = textIn(facts, 'child_id');
    const parent = textIn(facts, 'parent_id');
    const name = textIn(facts, 'child_name');
    const agent = this.#agent(id);
    if (agent) {
      agent.name = name || agent.name;
      agent.parent = parent;
    }
    this.#say('clone', `${called(name, id)} is a clone of ${parent}`);
  }

  #finish(facts: Record<string, unknown>): void {
    const survivors = itemsOf(facts.survivors, MOST_AGENTS).map(labelOf);
    this.end = {
      survivors,
      history: itemsOf(facts.history, MOST_LINES).map((item) => {
        const row = recordOf(item);
        return {
          round: textIn(row, 'round') || textOf(item),
          news: textIn(row, 'fake_news'),
          deaths: itemsOf(row.deaths, MOST_AGENTS).map(labelOf).join(', '),
          clones: itemsOf(row.clones, MOST_AGENTS).map(labelOf).join(', '),
        };
      }),
    };
    this.waitsFor = 0;
    this.phase = '';
    this.#say(
      'end',
      `The game is over: ${survivors.length === 1 ? '1 survivor' : `${survivors.length} survivors`}`,
    );
  }

  /** The one of this id, whom the view will draw anew; `undefined` where there are too many. */
  #agent(id: string): Agent | undefined {
    const known = this.agents.get(id);
    if (known) {
      this.changed.add(id);
      return known;
    }
    if (id === '') return undefined;
    if (this.agents.size >= MOST_AGENTS) {
      if (this.others.size < MOST_AGENTS) this.others.add(id);
      return undefined;
    }
    const agent = { id, name: '', state: '', detail: '', words: '', death: undefined, parent: '' };
    this.agents.set(id, agent);
    this.changed.add(id);
    return agent;
  }

  #say(kind: LineKind, text: string): void {
    this.#count += 1;
    this.lines.push({ number: this.#count, kind, round: this.round, text });
    if (this.lines.length > MOST_LINES) this.lines.shift();
  }
}

function called(name: string, id: string): string {
  return name === '' || name === id ? id : `${name} (${id})`;
}

/** How somebody is called, where a list has names, ids or objects with them. */
function labelOf(item: unknown): string {
  const facts = recordOf(item);
  return (
    textIn(facts, 'agent_name') ||
    textIn(facts, 'name') ||
    textIn(facts, 'agent_id') ||
    textIn(facts, 'id') ||
    textOf(item)
  );
}
