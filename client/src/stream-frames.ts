/**
 * What an open SSE stream says. The relay reads it from the log: it is in order and complete, so a number that is passed
 * over is void. Where it begins it says by an `id` without an event: at our cursor, or further on where the log no longer
 * reaches back.
 */

import type { Cursor } from './cursor.ts';
import type { Entry, Frame } from './frames.ts';
import { settle } from './ledger.ts';
import { confirmHead, jumpTo } from './recovery.ts';
import { amend, reportGap, type Turn, take } from './turn.ts';

/** The stream goes on after `at`. `certain`: it said so itself, so what lies before is lost where it began there. */
function moveTo(turn: Turn, at: Cursor, vouched: boolean, certain: boolean): void {
  const { position } = turn.state.ledger;
  const sameNumbering = position?.epoch === at.epoch;
  if (!sameNumbering || (!vouched && position.seq < at.seq)) {
    reportGap(turn, at, certain || !sameNumbering);
    jumpTo(turn, at);
  }
  amend(turn, { vouched: true });
}

function follow(turn: Turn, upTo: Cursor, entries: readonly Entry[]): void {
  const { ledger, policy } = turn.state;
  take(turn, settle(ledger, { after: ledger.position ?? upTo, entries, upTo }, policy.reorderEvents));
  // What was seen of another numbering before is older than this stream.
  confirmHead(turn, upTo);
}

export function hearStream(turn: Turn, frame: Frame, vouched: boolean): void {
  if (frame.kind === 'place') {
    moveTo(turn, frame.at, vouched, true);
    follow(turn, frame.at, []);
  } else if (frame.kind === 'event') {
    const { at } = frame.entry;
    moveTo(turn, { ...at, seq: at.seq - 1 }, vouched, false);
    follow(turn, at, [frame.entry]);
  }
}
