/** The machine's states and all that can happen to it, as lists: what the tests go through pair by pair. */

import { parseCursor } from '../../src/cursor.ts';
import { RelayError } from '../../src/errors.ts';
import type { Entry, Frame } from '../../src/frames.ts';
import { DEFAULT_POLICY } from '../../src/policy.ts';
import { type Occurrence, startState } from '../../src/state.ts';
import { advance, type Walk } from './invariants.ts';

export function cursor(text: string): { epoch: string; seq: number } {
  const parsed = parseCursor(text);
  if (!parsed) throw new Error(`${text} is no cursor`);
  return parsed;
}

export function entry(id: string): Entry {
  const at = cursor(id);
  return { at, event: { id, seq: at.seq } };
}

export const event = (id: string): Frame => ({ kind: 'event', entry: entry(id) });
export const ready = (head: string, recovered: boolean | null): Frame => ({
  kind: 'ready',
  head: cursor(head),
  recovered,
});
export const head = (text: string): Frame => ({ kind: 'head', head: cursor(text) });

export function answer(
  ids: readonly string[],
  more: { after?: string; head?: string; recovered?: boolean } = {},
): Frame {
  return {
    kind: 'events',
    entries: ids.map(entry),
    after: more.after === undefined ? undefined : cursor(more.after),
    head: more.head === undefined ? undefined : cursor(more.head),
    recovered: more.recovered ?? true,
  };
}

/** Every frame, seen from position e.5. */
export const FRAMES: Record<string, Frame> = {
  'the next event': event('e.6'),
  'the event after the next': event('e.7'),
  'an event far ahead': event('e.90'),
  'an event that was here': event('e.5'),
  'an event of another numbering': event('f.2'),
  'ready, nothing asked for': ready('e.5', null),
  'ready, nothing asked for, further on': ready('e.9', null),
  'ready, recovered': ready('e.9', true),
  'ready, recovered, nothing missed': ready('e.5', true),
  'ready, lost': ready('e.9', false),
  'ready, lost, of another numbering': ready('f.3', false),
  'ready of another numbering': ready('f.3', null),
  'ready from long ago': ready('e.2', false),
  'an answer whole': answer(['e.6', 'e.8'], { after: 'e.5', head: 'e.9' }),
  'an answer whole, without after': answer(['e.6', 'e.8'], { head: 'e.9' }),
  'an answer of nothing': answer([], { after: 'e.5', head: 'e.5' }),
  'an answer of voids': answer([], { after: 'e.5', head: 'e.8' }),
  'the first part of an answer': answer(['e.6', 'e.7'], { after: 'e.5' }),
  'the second part of an answer': answer(['e.8', 'e.9'], { after: 'e.7', head: 'e.9' }),
  'a part without after': answer(['e.6', 'e.7']),
  'an answer from long ago': answer(['e.3'], { after: 'e.2', head: 'e.4' }),
  'an answer that events are twice in': answer(['e.7', 'e.6', 'e.6'], { after: 'e.5', head: 'e.7' }),
  'an answer of another numbering': answer(['f.1'], { after: 'f.0', head: 'f.1' }),
  'an answer: lost': answer([], { after: 'e.9', head: 'e.9', recovered: false }),
  'an answer: lost, and what came since': answer(['e.9'], { after: 'e.8', head: 'e.9', recovered: false }),
  'an answer: lost, without after': answer([], { head: 'e.9', recovered: false }),
  'an answer: lost, of another numbering': answer([], { after: 'f.4', head: 'f.4', recovered: false }),
  'an answer: lost, long ago': answer([], { after: 'e.3', head: 'e.3', recovered: false }),
  'an empty part': answer([]),
  'a head ahead': head('e.7'),
  'a head that is reached': head('e.5'),
  'a head of another numbering': head('f.7'),
  'our place': { kind: 'place', at: cursor('e.5') },
  'a place further on': { kind: 'place', at: cursor('e.8') },
  'a place behind': { kind: 'place', at: cursor('e.3') },
  'a place of another numbering': { kind: 'place', at: cursor('f.3') },
  'an internal error': { kind: 'failed' },
  'a refusal': { kind: 'refused', error: 'unknown_action' },
  'a sign of life': { kind: 'other' },
  'a frame that cannot be read': { kind: 'malformed', text: '{' },
};

/** All that can happen at `link`. */
export function occurrences(link: number): Record<string, Occurrence> {
  const frames = Object.entries(FRAMES).map(
    ([name, frame]) => [name, { type: 'frame', link, frame }] as const,
  );
  const stale = link - 1;
  return {
    ...Object.fromEntries(frames),
    start: { type: 'start' },
    'no token': { type: 'token', link, token: undefined },
    'a token': { type: 'token', link, token: 'abc' },
    'a late token': { type: 'token', link: stale, token: 'old' },
    'no token to be had': { type: 'token-failed', link, error: new RelayError('token', 'none') },
    'late: no token': { type: 'token-failed', link: stale, error: new RelayError('token', 'none') },
    opened: { type: 'opened', link },
    'late: opened': { type: 'opened', link: stale },
    'a late frame': { type: 'frame', link: stale, frame: event('e.6') },
    lost: { type: 'lost', link, loss: { reason: 'cut' } },
    'ended in order': { type: 'lost', link, loss: { reason: 'end', clean: true } },
    'refused, 401': { type: 'lost', link, loss: { reason: 'no', status: 401 } },
    'refused, 429': { type: 'lost', link, loss: { reason: 'no', status: 429, retryAfterMs: 90_000 } },
    'late: lost': { type: 'lost', link: stale, loss: { reason: 'cut' } },
    'time to retry': { type: 'timer', name: 'retry' },
    'time is up': { type: 'timer', name: 'deadline' },
    'quiet for long': { type: 'timer', name: 'idle' },
    'held for long': { type: 'timer', name: 'reorder' },
    online: { type: 'online' },
    full: { type: 'full' },
    drained: { type: 'drained' },
    close: { type: 'close' },
  };
}

const failure = ['no token', 'lost', 'time to retry'] as const;
/** Three WebSocket handshakes failed: SSE is next. */
const toSse = ['start', ...failure, ...failure, ...failure] as const;

/** The way to each state, from e.5 where it knows a position at all. */
const WAYS: Record<string, { after?: string; way: readonly string[] }> = {
  new: { after: 'e.5', way: [] },
  'at the token': { after: 'e.5', way: ['start'] },
  'at the token for SSE': { after: 'e.5', way: toSse },
  waiting: { after: 'e.5', way: ['start', 'no token', 'lost'] },
  opening: { after: 'e.5', way: ['start', 'a token'] },
  'opening SSE': { after: 'e.5', way: [...toSse, 'a token'] },
  'greeting without a position': { way: ['start', 'no token', 'opened'] },
  greeting: { after: 'e.5', way: ['start', 'no token', 'opened'] },
  live: { after: 'e.5', way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed'] },
  'holding an event': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed', 'the event after the next'],
  },
  'behind a head': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed', 'a head ahead'],
  },
  'waiting for an answer': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, nothing asked for, further on'],
  },
  'asking, with an event in hand': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, nothing asked for, further on', 'an event far ahead'],
  },
  'asking about another numbering': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed', 'an event of another numbering'],
  },
  'waiting after a fruitless answer': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered', 'an answer of nothing'],
  },
  pinged: {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed', 'quiet for long'],
  },
  'pinged while asking': {
    after: 'e.5',
    way: ['start', 'no token', 'opened', 'ready, recovered', 'quiet for long'],
  },
  'SSE, open': { after: 'e.5', way: [...toSse, 'no token', 'opened'] },
  'SSE, open, without a position': { way: [...toSse, 'no token', 'opened'] },
  'SSE, live': { after: 'e.5', way: [...toSse, 'no token', 'opened', 'our place'] },
  paused: { after: 'e.5', way: ['start', 'no token', 'opened', 'ready, recovered, nothing missed', 'full'] },
  closed: { after: 'e.5', way: ['start', 'no token', 'opened', 'close'] },
};

/** An hour passes before an idle timer and none before others: both sides of "quiet for long" are reached. */
export function take(walk: Walk, name: string): Walk {
  const occurrence = occurrences(walk.state.link)[name];
  if (!occurrence) throw new Error(`${name} is not in the list`);
  const now = name === 'quiet for long' ? walk.now + 3_600_000 : walk.now;
  return advance(walk, occurrence, { now }).walk;
}

export function places(): Record<string, Walk> {
  const policy = { ...DEFAULT_POLICY, reorderEvents: 3 };
  return Object.fromEntries(
    Object.entries(WAYS).map(([name, { after, way }]) => {
      const start: Walk = {
        state: startState(policy, true, after === undefined ? null : cursor(after)),
        timers: new Set(),
        now: 0,
      };
      return [name, way.reduce(take, start)];
    }),
  );
}
