import { describe, expect, it } from 'vitest';
import type { Frame } from '../src/frames.ts';
import type { Effect } from '../src/state.ts';
import { view } from '../src/turn.ts';
import { advance, type Walk } from './support/invariants.ts';
import { answer, event, places, ready, take } from './support/places.ts';

const PLACES = places();

function at(place: string, ...names: string[]): Walk {
  const walk = PLACES[place];
  if (!walk) throw new Error(`${place} is not in the list`);
  return names.reduce(take, walk);
}

function hear(walk: Walk, frame: Frame, now = walk.now): { walk: Walk; effects: readonly Effect[] } {
  return advance(walk, { type: 'frame', link: walk.state.link, frame }, { now });
}

function sent(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === 'send' ? [effect.request] : []));
}

function gaps(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === 'gap' ? [effect.gap] : []));
}

const resume = (seq: number): object => ({ action: 'resume', after: { epoch: 'e', seq } });

describe('an answer', () => {
  it('that the log does not reach back is no gap where we have moved on: it is asked from there', () => {
    for (const after of ['e.9', undefined]) {
      const moved = at('waiting for an answer', 'the next event');
      const lost = { head: 'e.9', recovered: false, ...(after && { after }) };
      const { walk, effects } = hear(moved, answer([], lost));
      expect(gaps(effects)).toEqual([]);
      expect(sent(advance(walk, { type: 'timer', name: 'reorder' }).effects)).toEqual([resume(6)]);
    }
  });

  it('gets more time with each part', () => {
    const { effects } = hear(at('waiting for an answer'), answer(['e.6'], { after: 'e.5' }));
    expect(effects).toContainEqual({ type: 'timer', name: 'deadline', ms: 10_000 });
  });

  it('in our numbering ends the question about another', () => {
    const { walk } = hear(at('asking about another numbering'), answer([], { after: 'e.5', head: 'e.5' }));
    expect(walk.state.ledger.foreign).toBeNull();
    expect(walk.timers.has('reorder')).toBe(false);
  });

  it('whose head is of another numbering is a gap, whatever else it says', () => {
    const { effects } = hear(at('waiting for an answer'), answer([], { after: 'f.1', head: 'f.1' }));
    expect(gaps(effects)).toEqual([{ from: 'e.5', to: 'f.1', certain: true }]);
  });

  it('that brings what came after a gap is no second gap', () => {
    const after = at('greeting', 'ready, lost');
    const part = answer(['e.11'], { after: 'e.9', head: 'e.12', recovered: false });
    const { walk, effects } = hear(after, part);
    expect(gaps(effects)).toEqual([]);
    expect(walk.state.ledger.position).toEqual({ epoch: 'e', seq: 12 });
    // Nor where nothing but void numbers came, and we have asked in the meantime.
    const asking = take(take(hear(after, event('e.14')).walk, 'held for long'), 'a sign of life');
    expect(asking.state.phase).toMatchObject({ asked: { epoch: 'e', seq: 9 } });
    const voids = hear(asking, answer([], { after: 'e.9', head: 'e.12', recovered: false }));
    expect(gaps(voids.effects)).toEqual([]);
    expect(voids.walk.state.ledger.position).toEqual({ epoch: 'e', seq: 12 });
  });

  it('that overtakes the ready frame and does not say what it follows on settles nothing', () => {
    const { walk, effects } = hear(at('greeting'), answer(['e.11']));
    expect(effects).toEqual([]);
    expect(walk.state.ledger).toMatchObject({ position: { epoch: 'e', seq: 5 }, target: 11 });
  });

  it('that overtakes the first ready frame of all is known to be missing', () => {
    const { walk } = hear(at('greeting without a position'), answer(['e.6', 'e.7']));
    const live = hear(walk, ready('e.5', null)).walk;
    expect(sent(advance(live, { type: 'timer', name: 'reorder' }).effects)).toEqual([resume(5)]);
  });

  it('is asked for again when the gateway failed, and so are the others', () => {
    const retry = (place: string): unknown[] => {
      const { walk } = hear(at(place), { kind: 'failed' });
      expect(walk.timers.has('retry')).toBe(true);
      return sent(advance(walk, { type: 'timer', name: 'retry' }).effects);
    };
    expect(retry('waiting for an answer')).toEqual([resume(5)]);
    expect(retry('greeting')).toEqual([{ action: 'start', after: { epoch: 'e', seq: 5 } }]);
    expect(retry('live')).toEqual([]);
  });
});

describe('another numbering', () => {
  it('in a live event is asked about at once', () => {
    expect(sent(hear(at('live'), event('f.2')).effects)).toEqual([resume(5)]);
  });

  it('in the ready frame is a gap', () => {
    expect(gaps(hear(at('greeting'), ready('f.3', null)).effects)).toEqual([
      { from: 'e.5', to: 'f.3', certain: true },
    ]);
  });

  it('in an SSE stream is a gap, by its place and by its first event', () => {
    for (const frame of [event('f.8'), { kind: 'place', at: { epoch: 'f', seq: 7 } } as const]) {
      expect(gaps(hear(at('SSE, live'), frame).effects)).toEqual([{ from: 'e.5', to: 'f.7', certain: true }]);
    }
  });

  it('that was seen over WebSocket is forgotten where SSE says that ours goes on', () => {
    const failures = Array.from({ length: 3 }, () => ['no token', 'lost', 'time to retry']).flat();
    const opened = at(
      'asking about another numbering',
      'lost',
      'time to retry',
      ...failures,
      'no token',
      'opened',
    );
    expect(opened.state.phase).toMatchObject({ name: 'open', transport: 'sse' });
    expect(view(opened.state)).toBe('recovering');
    expect(view(take(opened, 'our place').state)).toBe('live');
  });
});

describe('an SSE stream', () => {
  it('that begins further on is a gap; later a place further on is void numbers', () => {
    const first = hear(at('SSE, open'), { kind: 'place', at: { epoch: 'e', seq: 8 } });
    expect(gaps(first.effects)).toEqual([{ from: 'e.5', to: 'e.8', certain: true }]);
    const second = hear(first.walk, { kind: 'place', at: { epoch: 'e', seq: 10 } });
    expect(gaps(second.effects)).toEqual([]);
    expect(second.walk.state.ledger.position).toEqual({ epoch: 'e', seq: 10 });
  });

  it('that does not say where it begins is vouched for by nobody', () => {
    expect(gaps(hear(at('SSE, open'), event('e.7')).effects)).toEqual([
      { from: 'e.5', to: 'e.6', certain: false },
    ]);
  });

  it('that is refused with 401 may have been so for its token; with 500 it was not', () => {
    const fresh = at('SSE, live', 'lost', 'time to retry', 'no token');
    const again = (status: number): unknown => {
      const loss = { reason: 'no', status };
      const { walk } = advance(fresh, { type: 'lost', link: fresh.state.link, loss });
      const { effects } = advance(walk, { type: 'timer', name: 'retry' });
      return effects.flatMap((effect) => (effect.type === 'token' ? [effect.refused] : []));
    };
    expect(again(401)).toEqual([true]);
    expect(again(500)).toEqual([false]);
  });
});

describe('silence', () => {
  it('is counted from the last thing that was heard', () => {
    const { walk } = hear(at('live'), { kind: 'other' }, 59_000);
    const { effects } = advance(walk, { type: 'timer', name: 'idle' }, { now: 60_000 });
    expect(effects).toEqual([{ type: 'timer', name: 'idle', ms: 59_000 }]);
  });

  it('that a ping has ended is no reason to give up', () => {
    const { walk } = hear(at('pinged'), { kind: 'other' });
    expect(walk.timers.has('deadline')).toBe(false);
  });

  it('after a ping brings no second one, which would put off the end', () => {
    const { effects } = advance(at('pinged'), { type: 'timer', name: 'idle' }, { now: 9e9 });
    expect(effects.map(({ type }) => type)).toEqual(['timer']);
  });

  it('after a ping that the gateway lost brings it again', () => {
    const walk = at('pinged');
    expect(sent(advance(walk, { type: 'timer', name: 'retry' }).effects)).toEqual([{ action: 'ping' }]);
  });
});

describe('a full buffer', () => {
  it('lets go of what is held, and remembers that it exists', () => {
    const { ledger } = at('holding an event', 'full').state;
    expect(ledger).toEqual({ position: { epoch: 'e', seq: 5 }, target: 7, held: [], foreign: null });
  });
});
