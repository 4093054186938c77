/**
 * What an open WebSocket does for order and completeness: it hears the frames, holds what is ahead for a moment, and
 * asks for what does not come.
 */

import { type Cursor, reaches } from './cursor.ts';
import type { Frame } from './frames.ts';
import { arrive, confirm, isMissing, jump, noteHead, settle } from './ledger.ts';
import { doubled } from './policy.ts';
import { amend, clearTimer, reportGap, send, setTimer, type Turn, take } from './turn.ts';

/** Longest pause between two questions whose answers bring nothing. */
const LONGEST_PAUSE_MS = 10_000;

export function ask(turn: Turn): void {
  const { phase, ledger, policy } = turn.state;
  if (phase.name !== 'open' || phase.transport !== 'websocket' || phase.asked || !ledger.position) return;
  if (phase.waiting) clearTimer(turn, 'reorder');
  amend(turn, { asked: ledger.position, waiting: false });
  send(turn, { action: 'resume', after: ledger.position });
  setTimer(turn, 'deadline', policy.answerMs);
}

/** After whatever was heard: is something missing, and is it time to ask for it? */
export function review(turn: Turn): void {
  const { phase, ledger, policy } = turn.state;
  if (phase.name !== 'open' || phase.transport !== 'websocket') return;
  if (!isMissing(ledger)) {
    if (phase.waiting) clearTimer(turn, 'reorder');
    amend(turn, { waiting: false, fruitless: 0 });
    return;
  }
  if (phase.asked) return;
  const urgent = ledger.foreign !== null || ledger.held.length >= policy.reorderEvents;
  if (urgent && phase.fruitless === 0) ask(turn);
  else if (!phase.waiting) {
    amend(turn, { waiting: true });
    setTimer(turn, 'reorder', doubled(policy.reorderMs, phase.fruitless, LONGEST_PAUSE_MS));
  }
}

export function noteHeadOf(turn: Turn, head: Cursor): void {
  turn.state = { ...turn.state, ledger: noteHead(turn.state.ledger, head) };
}

export function confirmHead(turn: Turn, head: Cursor): void {
  turn.state = { ...turn.state, ledger: confirm(turn.state.ledger, head) };
}

export function jumpTo(turn: Turn, head: Cursor): void {
  take(turn, jump(turn.state.ledger, head, turn.state.policy.reorderEvents));
}

/** The last part of an answer came: the question is settled, whatever it brought. */
function finish(turn: Turn): void {
  const { phase, ledger } = turn.state;
  if (phase.name !== 'open' || !phase.asked) return;
  const moved = ledger.position?.epoch !== phase.asked.epoch || ledger.position.seq > phase.asked.seq;
  amend(turn, { asked: null, fruitless: moved ? 0 : phase.fruitless + 1 });
  clearTimer(turn, 'deadline');
}

function hearAnswer(turn: Turn, frame: Extract<Frame, { kind: 'events' }>): void {
  const { phase, ledger, policy } = turn.state;
  const { position } = ledger;
  const { after, entries, head } = frame;
  const upTo = head ?? entries.at(-1)?.at;
  if (!upTo) return;
  if (!position) {
    noteHeadOf(turn, upTo);
    return;
  }
  // Nothing, from a head that is ahead of us: the log has nothing for us. One of another numbering says the same.
  const isFact = after !== undefined && reaches(position, after);
  const isOver = !frame.recovered || head?.epoch !== position.epoch;
  if (head && entries.length === 0 && isOver && !isFact) {
    // We may have moved on since we asked: then the log may well reach back to where we are now.
    if (phase.name === 'open' && phase.asked && reaches(phase.asked, position)) {
      reportGap(turn, head, true);
      jumpTo(turn, head);
    } else noteHeadOf(turn, head);
    finish(turn);
    return;
  }
  // A part that does not say what it follows on comes in its turn, so it follows on no more than we have. Before the
  // ready frame even that is not sure (the log may not reach back): then it settles nothing.
  const follows = after ?? (phase.name === 'open' ? position : upTo);
  take(turn, settle(ledger, { after: follows, entries, upTo }, policy.reorderEvents));
  if (head) {
    confirmHead(turn, head);
    finish(turn);
  } else if (phase.name === 'open' && phase.asked) setTimer(turn, 'deadline', policy.answerMs);
}

/** Frames that say something about events; the others are the machine's own affair. */
export function hear(turn: Turn, frame: Frame): void {
  switch (frame.kind) {
    case 'event':
      take(turn, arrive(turn.state.ledger, frame.entry, turn.state.policy.reorderEvents));
      break;
    case 'events':
      hearAnswer(turn, frame);
      break;
    case 'ready':
    case 'head':
      noteHeadOf(turn, frame.head);
      break;
    default:
  }
  review(turn);
}
