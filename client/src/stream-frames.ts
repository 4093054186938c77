/**
 * What an open SSE stream says. The relay reads it from the log: it is in order and complete, so a number that is passed
 * over is void, provided that the relay said (`ready`, in a comment line) that the stream follows on our position.
 */

import type { Entry, Frame } from './frames.ts';
import { settle } from './ledger.ts';
import { confirmHead, jumpTo, noteHeadOf } from './recovery.ts';
import { amend, reportGap, type Turn, take } from './turn.ts';

function hearReady(turn: Turn, frame: Extract<Frame, { kind: 'ready' }>): void {
  const { position } = turn.state.ledger;
  if (position?.epoch === frame.head.epoch && frame.recovered !== false) confirmHead(turn, frame.head);
  else {
    reportGap(turn, frame.head, true);
    jumpTo(turn, frame.head);
  }
  // "Nothing was asked for", although we asked: then nobody vouches for the first step.
  if (!position || frame.recovered !== null) amend(turn, { vouched: true });
}

function hearEvent(turn: Turn, entry: Entry, vouched: boolean): void {
  const before = { ...entry.at, seq: entry.at.seq - 1 };
  const { position } = turn.state.ledger;
  const sameNumbering = position?.epoch === entry.at.epoch;
  if (!sameNumbering || (!vouched && position.seq < before.seq)) {
    reportGap(turn, before, !sameNumbering);
    jumpTo(turn, before);
  }
  amend(turn, { vouched: true });
  const part = { after: turn.state.ledger.position ?? before, entries: [entry], upTo: entry.at };
  take(turn, settle(turn.state.ledger, part, turn.state.policy.reorderEvents));
}

export function hearStream(turn: Turn, frame: Frame, vouched: boolean): void {
  const { position } = turn.state.ledger;
  switch (frame.kind) {
    case 'ready':
      hearReady(turn, frame);
      break;
    case 'event':
      hearEvent(turn, frame.entry, vouched);
      break;
    case 'head':
      if (position?.epoch !== frame.head.epoch) {
        reportGap(turn, frame.head, true);
        jumpTo(turn, frame.head);
      } else if (vouched) {
        const part = { after: position, entries: [], upTo: frame.head };
        take(turn, settle(turn.state.ledger, part, turn.state.policy.reorderEvents));
      } else noteHeadOf(turn, frame.head);
      break;
    default:
  }
}
