import { describe, expect, it } from 'vitest';
import type { Walk } from './support/invariants.ts';
import { advance } from './support/invariants.ts';
import { FRAMES, occurrences, places, take } from './support/places.ts';

const PLACES = places();

describe('every state with every event', () => {
  it('is in the lists: each phase, each kind of event, each kind of frame', () => {
    const phases = new Set(Object.values(PLACES).map(({ state }) => state.phase.name));
    expect([...phases].toSorted()).toEqual(
      ['closed', 'greeting', 'new', 'open', 'opening', 'paused', 'token', 'waiting'].toSorted(),
    );
    const types = new Set(Object.values(occurrences(1)).map(({ type }) => type));
    expect([...types].toSorted()).toEqual(
      [
        ...['start', 'token', 'token-failed', 'opened', 'frame', 'lost'],
        ...['timer', 'online', 'full', 'drained', 'close'],
      ].toSorted(),
    );
    const kinds = new Set(Object.values(FRAMES).map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(
      ['event', 'events', 'failed', 'head', 'malformed', 'other', 'place', 'ready', 'refused'].toSorted(),
    );
  });

  it('has places that differ from each other', () => {
    const seen = Object.values(PLACES).map(({ state }) => JSON.stringify(state));
    expect(new Set(seen).size).toBe(seen.length);
  });

  it.each(Object.keys(PLACES))('%s: keeps order, completeness, one transport and its timers', (name) => {
    const place = PLACES[name] as Walk;
    for (const first of Object.keys(occurrences(place.state.link))) {
      const reached = take(place, first);
      for (const second of Object.keys(occurrences(reached.state.link))) take(reached, second);
    }
  });

  it.each(Object.keys(PLACES))('%s: is closed by close, for good', (name) => {
    const place = PLACES[name] as Walk;
    const { walk } = advance(place, { type: 'close' });
    expect(walk.state.phase.name).toBe('closed');
    for (const occurrence of Object.values(occurrences(walk.state.link))) {
      expect(advance(walk, occurrence).effects).toEqual([]);
    }
  });
});
