/** One step of the machine in the making: the next state so far, and the effects so far. Lives for one `next` only. */

import { formatCursor } from './cursor.ts';
import { type ErrorCode, RelayError } from './errors.ts';
import type { Request } from './frames.ts';
import { isMissing, type Step } from './ledger.ts';
import type { ConnectionState, Effect, Open, Phase, State, TimerName } from './state.ts';

export interface Turn {
  state: State;
  readonly effects: Effect[];
  readonly now: number;
  readonly random: number;
  /** Why the state changed, in words. */
  reason: string;
}

const TIMERS: readonly TimerName[] = ['retry', 'deadline', 'idle', 'reorder'];

export function enter(turn: Turn, phase: Phase): void {
  turn.state = { ...turn.state, phase };
}

/** Changes fields of the open phase; anywhere else there is nothing to change. */
export function amend(turn: Turn, change: Partial<Open>): void {
  const { phase } = turn.state;
  if (phase.name === 'open') enter(turn, { ...phase, ...change });
}

export function setTimer(turn: Turn, name: TimerName, ms: number): void {
  turn.effects.push({ type: 'timer', name, ms });
}

export function clearTimer(turn: Turn, name: TimerName): void {
  turn.effects.push({ type: 'clear', name });
}

export function clearTimers(turn: Turn): void {
  for (const name of TIMERS) clearTimer(turn, name);
}

export function send(turn: Turn, request: Request): void {
  turn.effects.push({ type: 'send', link: turn.state.link, request });
}

export function complain(turn: Turn, code: ErrorCode, message: string, status?: number): void {
  turn.effects.push({ type: 'error', error: new RelayError(code, message, { status }) });
}

export function take(turn: Turn, { ledger, deliver }: Step): void {
  turn.state = { ...turn.state, ledger };
  if (deliver.length > 0) turn.effects.push({ type: 'deliver', events: deliver });
}

export function reportGap(turn: Turn, to: { epoch: string; seq: number }, certain: boolean): void {
  const { position } = turn.state.ledger;
  if (!position || (position.epoch === to.epoch && to.seq <= position.seq)) return;
  turn.effects.push({
    type: 'gap',
    gap: { from: formatCursor(position), to: formatCursor(to), certain },
  });
}

export function hasConnection(phase: Phase): boolean {
  return phase.name === 'opening' || phase.name === 'greeting' || phase.name === 'open';
}

/** What the application is told of a state. Over SSE nothing is asked for: what is missing is on its way. */
export function view({ phase, ledger }: State): ConnectionState {
  switch (phase.name) {
    case 'new':
    case 'token':
    case 'opening':
    case 'greeting':
      return 'connecting';
    case 'open':
      return isMissing(ledger) && (phase.asked || phase.transport === 'sse') ? 'recovering' : 'live';
    case 'waiting':
    case 'paused':
      return 'offline';
    case 'closed':
      return 'closed';
  }
}
