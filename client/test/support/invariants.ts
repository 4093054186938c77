/**
 * What must hold after every single step of the machine, whatever the step was. A `Walk` is a machine with the list of
 * the timers that run, as the driver would have them.
 */

import assert from 'node:assert/strict';
import { parseCursor, reaches } from '../../src/cursor.ts';
import { next } from '../../src/machine.ts';
import type { Effect, Occurrence, State, TimerName } from '../../src/state.ts';
import { hasConnection, view } from '../../src/turn.ts';

export interface Walk {
  readonly state: State;
  readonly timers: ReadonlySet<TimerName>;
  readonly now: number;
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

export function advance(
  walk: Walk,
  occurrence: Occurrence,
  { now = walk.now, random = 0.5 } = {},
): { walk: Walk; effects: readonly Effect[] } {
  const timers = new Set(walk.timers);
  if (occurrence.type === 'timer') timers.delete(occurrence.name);
  // Frozen: a machine that wrote into its input would throw.
  const { state, effects } = next(frozen(walk.state), frozen({ ...occurrence, now, random }));
  for (const effect of effects) {
    if (effect.type === 'timer') timers.add(effect.name);
    if (effect.type === 'clear') timers.delete(effect.name);
  }
  const after = { state, timers, now };
  check(walk, occurrence, after, effects);
  return { walk: after, effects };
}

function check(before: Walk, occurrence: Occurrence, after: Walk, effects: readonly Effect[]): void {
  checkDelivery(before.state, occurrence, after.state, effects);
  checkConnections(before.state, occurrence, after.state, effects);
  checkTimers(after);
  if (before.state.phase.name === 'closed') {
    assert.equal(effects.length, 0);
    assert.equal(after.state, before.state);
  }
  if ('link' in occurrence && occurrence.link !== before.state.link) {
    assert.equal(effects.length, 0);
    assert.equal(after.state, before.state);
  }
  const told = effects.flatMap((effect) => (effect.type === 'state' ? [effect.state] : []));
  const changed = view(before.state) !== view(after.state);
  const started = before.state.phase.name === 'new' && after.state.phase.name !== 'new';
  const due = changed || (started && occurrence.type === 'start') ? [view(after.state)] : [];
  assert.deepEqual(told, due);
}

/** In order, once, and nothing skipped but what the log has settled or a gap has named. */
function checkDelivery(
  before: State,
  occurrence: Occurrence,
  after: State,
  effects: readonly Effect[],
): void {
  let at = before.ledger.position;
  const frame = occurrence.type === 'frame' ? occurrence.frame : undefined;
  const overSse = before.phase.name === 'open' && before.phase.transport === 'sse';
  const settles = frame?.kind === 'events' || overSse;
  for (const effect of effects) {
    if (effect.type === 'gap') {
      const from = parseCursor(effect.gap.from);
      const to = parseCursor(effect.gap.to);
      assert(from && to && at);
      assert.deepEqual(from, at);
      assert(!reaches(at, to));
      at = to;
    }
    if (effect.type !== 'deliver') continue;
    assert.notEqual(effect.events.length, 0);
    for (const event of effect.events) {
      const cursor = parseCursor(event.id);
      if (at && cursor) {
        assert.equal(cursor.epoch, at.epoch);
        assert(cursor.seq > at.seq);
        if (!settles) assert.equal(cursor.seq, at.seq + 1);
      }
      at = cursor ?? null;
    }
  }
  const { position } = after.ledger;
  if (!settles && before.ledger.position) assert.deepEqual(position, at);
  if (at) assert(position && reaches(position, at));
  const { held } = after.ledger;
  assert(held.length <= after.policy.reorderEvents);
  for (const [index, { at: place }] of held.entries()) {
    assert.equal(place.epoch, position?.epoch);
    assert(place.seq > (held[index - 1]?.at.seq ?? (position?.seq ?? 0) + 1));
  }
}

/** At most one transport at a time, and none that nobody ends. */
function checkConnections(
  before: State,
  occurrence: Occurrence,
  after: State,
  effects: readonly Effect[],
): void {
  let link = hasConnection(before.phase) ? before.link : undefined;
  if (occurrence.type === 'lost' && occurrence.link === before.link) link = undefined;
  for (const effect of effects) {
    if (effect.type === 'open') {
      assert.equal(link, undefined);
      link = effect.link;
    }
    if (effect.type === 'close') {
      assert.equal(effect.link, link);
      link = undefined;
    }
    if (effect.type === 'send') assert.equal(effect.link, link);
  }
  assert.equal(link, hasConnection(after.phase) ? after.link : undefined);
}

/** Never stuck: in each phase the timer runs that gets out of it. None is left where nothing is awaited. */
function checkTimers({ state: { phase }, timers }: Walk): void {
  const needed: TimerName[] = [];
  if (phase.name === 'waiting') needed.push('retry');
  if (phase.name === 'token' || phase.name === 'opening' || phase.name === 'greeting')
    needed.push('deadline');
  if (phase.name === 'open') {
    needed.push('idle');
    if (phase.asked || phase.pinged) needed.push('deadline');
    if (phase.waiting) needed.push('reorder');
  }
  for (const name of needed) assert(timers.has(name), `${phase.name} without the timer ${name}`);
  const quiet = phase.name === 'paused' || phase.name === 'closed' || phase.name === 'new';
  if (quiet) assert.equal(timers.size, 0);
}
