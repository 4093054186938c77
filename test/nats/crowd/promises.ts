/** What must hold in the end: a line for each promise that was broken. */
import type { Listener } from './listeners.ts';
import { END_OF_ALL, type Sent } from './messages.ts';

/** A stretch of time in which messages may have been missed, epoch milliseconds. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The gaps that the bridges have written about, as they wrote them. */
export function gapsIn(lines: readonly string[]): Gap[] {
  return lines
    .filter((line) => line.includes('"nats_gap"'))
    .map((line): { from: string; to: string } => JSON.parse(line))
    .map(({ from, to }) => ({ from: Date.parse(from), to: Date.parse(to) }));
}

/** The server had it, and all of its way there was outside of every gap. */
export function isDue({ publishedAt, takenAt }: Sent, gaps: readonly Gap[]): boolean {
  return takenAt !== undefined && gaps.every(({ from, to }) => takenAt < from || to < publishedAt);
}

/** `sent`: of the listener's session, in the order in which they are to arrive. */
export function brokenPromises(listener: Listener, sent: readonly Sent[], gaps: readonly Gap[]): string[] {
  const { heard, trouble } = listener;
  const who = `the client "${listener.kind}" of ${listener.session}`;
  const placeOf = new Map(sent.map(({ n }, place) => [n, place]));
  const got = new Set(heard);
  const missing = sent.filter((message) => isDue(message, gaps) && !got.has(message.n)).map(({ n }) => n);
  const twice = heard.filter((n, index) => heard.indexOf(n) !== index);
  const late = heard.filter((n, index) => {
    const before = index > 0 ? heard[index - 1] : undefined;
    return before !== undefined && (placeOf.get(n) ?? 0) < (placeOf.get(before) ?? 0);
  });
  const invented = heard.filter((n) => !placeOf.has(n));
  return [
    ...trouble.map((what) => `${who} ${what}`),
    ...said(who, 'misses', missing),
    ...said(who, 'has twice', twice),
    ...said(who, 'has out of order', late),
    ...said(who, 'was sent, by nobody,', invented),
  ];
}

function said(who: string, what: string, numbers: readonly number[]): string[] {
  if (numbers.length === 0) return [];
  const named = numbers.slice(0, 10).map((n) => (n === END_OF_ALL ? 'the last one' : n));
  return [`${who} ${what} ${numbers.length}: ${named}`];
}
