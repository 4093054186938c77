/**
 * The client as a pure function: `next(state, event)` gives the next state and the effects to perform. No clock, no
 * chance, no input or output: time and random numbers come in with the events, the driver does the rest.
 */

import { attempt, carries, drop, lost, open, wait } from './attempt.ts';
import type { Frame } from './frames.ts';
import { isMissing } from './ledger.ts';
import { ask, confirmHead, hear, jumpTo, review } from './recovery.ts';
import type { Effect, Event, Open, State, TimerName } from './state.ts';
import { hearStream } from './stream-frames.ts';
import {
  amend,
  clearTimer,
  clearTimers,
  complain,
  enter,
  hasConnection,
  reportGap,
  send,
  setTimer,
  type Turn,
  view,
} from './turn.ts';

export interface Next {
  readonly state: State;
  readonly effects: readonly Effect[];
}

function onOpened(turn: Turn): void {
  const { phase, ledger, policy } = turn.state;
  if (phase.name !== 'opening') return;
  if (phase.transport === 'sse') {
    enterOpen(turn, 'sse');
    return;
  }
  enter(turn, { name: 'greeting', transport: 'websocket' });
  send(turn, { action: 'start', after: ledger.position ?? undefined });
  setTimer(turn, 'deadline', policy.answerMs);
}

function enterOpen(turn: Turn, transport: Open['transport']): void {
  const { now } = turn;
  carries(turn);
  enter(turn, {
    name: 'open',
    transport,
    since: now,
    heardAt: now,
    asked: null,
    fruitless: 0,
    waiting: false,
    pinged: false,
    vouched: false,
  });
  clearTimers(turn);
  setTimer(turn, 'idle', turn.state.policy.idleMs);
}

function onReady(turn: Turn, frame: Extract<Frame, { kind: 'ready' }>): void {
  const { position } = turn.state.ledger;
  enterOpen(turn, 'websocket');
  // A head of another numbering says the same as `recovered: false`: ours has ended.
  if (!position || frame.recovered === false || frame.head.epoch !== position.epoch) {
    reportGap(turn, frame.head, true);
    jumpTo(turn, frame.head);
  } else {
    confirmHead(turn, frame.head);
    // The relay's own `ready` was first and knows of no cursor: what `start` asked for has to be asked for again.
    if (frame.recovered === null && isMissing(turn.state.ledger)) ask(turn);
    else if (isMissing(turn.state.ledger)) {
      amend(turn, { asked: position });
      setTimer(turn, 'deadline', turn.state.policy.answerMs);
    }
  }
  review(turn);
}

function onFrame(turn: Turn, frame: Frame): void {
  const { phase } = turn.state;
  if (phase.name !== 'greeting' && phase.name !== 'open') return;
  if (frame.kind === 'malformed') complain(turn, 'protocol', `A frame that cannot be read: ${frame.text}`);
  if (frame.kind === 'refused') complain(turn, 'protocol', `The relay refused a request: ${frame.error}`);
  if (phase.name === 'greeting') {
    if (frame.kind === 'ready') onReady(turn, frame);
    else hear(turn, frame);
  } else {
    if (phase.pinged && !phase.asked) clearTimer(turn, 'deadline');
    amend(turn, { heardAt: turn.now, pinged: false });
    if (phase.transport === 'sse') hearStream(turn, frame, phase.vouched);
    else hear(turn, frame);
  }
  // The question got lost on its way. Once more, a little later; its deadline stands.
  if (frame.kind === 'failed') setTimer(turn, 'retry', 500 + turn.random * 1_000);
}

/** Says again what has no answer yet. */
function onRetry(turn: Turn): void {
  const { phase, ledger } = turn.state;
  if (phase.name === 'waiting') attempt(turn);
  if (phase.name === 'greeting') send(turn, { action: 'start', after: ledger.position ?? undefined });
  if (phase.name !== 'open' || phase.transport === 'sse') return;
  if (phase.asked) send(turn, { action: 'resume', after: phase.asked });
  else if (phase.pinged) send(turn, { action: 'ping' });
}

function onIdle(turn: Turn, phase: Open): void {
  const { idleMs, answerMs } = turn.state.policy;
  const quiet = turn.now - phase.heardAt;
  if (quiet < idleMs) {
    setTimer(turn, 'idle', idleMs - quiet);
    return;
  }
  if (phase.transport === 'sse') {
    complain(turn, 'timeout', 'Nothing was heard of the stream.');
    drop(turn, { reason: 'nothing was heard' });
    return;
  }
  setTimer(turn, 'idle', idleMs);
  if (phase.pinged) return;
  amend(turn, { pinged: true });
  send(turn, { action: 'ping' });
  if (!phase.asked) setTimer(turn, 'deadline', answerMs);
}

function onDeadline(turn: Turn): void {
  const { phase } = turn.state;
  if (phase.name === 'token') {
    complain(turn, 'token', 'The token callback took too long.');
    wait(turn, { reason: 'no token' });
  } else if (phase.name === 'opening' || phase.name === 'greeting') {
    complain(
      turn,
      'timeout',
      phase.name === 'opening' ? 'The connection did not open.' : 'No ready frame came.',
    );
    drop(turn, { reason: 'no answer to the handshake' });
  } else if (phase.name === 'open' && (phase.asked || phase.pinged)) {
    complain(turn, 'timeout', `No answer to ${phase.asked ? 'resume' : 'ping'}.`);
    drop(turn, { reason: 'no answer' });
  }
}

function onTimer(turn: Turn, name: TimerName): void {
  const { phase } = turn.state;
  if (name === 'retry') onRetry(turn);
  if (name === 'deadline') onDeadline(turn);
  if (phase.name !== 'open') return;
  if (name === 'idle') onIdle(turn, phase);
  if (name === 'reorder' && phase.waiting) {
    amend(turn, { waiting: false });
    if (isMissing(turn.state.ledger)) ask(turn);
  }
}

function stop(turn: Turn, name: 'paused' | 'closed', reason: string): void {
  if (hasConnection(turn.state.phase)) turn.effects.push({ type: 'close', link: turn.state.link });
  clearTimers(turn);
  turn.reason = reason;
  // What was held can be had again from the log, and the application is short of room.
  turn.state = { ...turn.state, phase: { name }, ledger: { ...turn.state.ledger, held: [] } };
}

function step(turn: Turn, event: Event): void {
  const { phase, link } = turn.state;
  if ('link' in event && event.link !== link) return;
  switch (event.type) {
    case 'start':
      if (phase.name === 'new') attempt(turn);
      break;
    case 'token':
      open(turn, event.token);
      break;
    case 'token-failed':
      if (phase.name !== 'token') return;
      turn.effects.push({ type: 'error', error: event.error });
      wait(turn, { reason: event.error.message });
      break;
    case 'opened':
      onOpened(turn);
      break;
    case 'frame':
      onFrame(turn, event.frame);
      break;
    case 'lost':
      if (hasConnection(phase)) lost(turn, event.loss);
      break;
    case 'timer':
      onTimer(turn, event.name);
      break;
    case 'online':
      if (phase.name === 'waiting') attempt(turn);
      break;
    case 'full':
      if (phase.name !== 'paused') stop(turn, 'paused', 'the consumer is behind');
      break;
    case 'drained':
      if (phase.name === 'paused') attempt(turn);
      break;
    case 'close':
      stop(turn, 'closed', 'closed by the application');
      break;
  }
}

export function next(state: State, event: Event): Next {
  if (state.phase.name === 'closed') return { state, effects: [] };
  const turn: Turn = { state, effects: [], now: event.now, random: event.random, reason: '' };
  step(turn, event);
  const now = view(turn.state);
  if (now !== view(state) || (event.type === 'start' && state.phase.name === 'new')) {
    turn.effects.push({ type: 'state', state: now, reason: turn.reason });
  }
  return { state: turn.state, effects: turn.effects };
}
