/**
 * What an engine says: subjects and payloads that tell their session and their number, so that a frame which is lost, crossed,
 * repeated or changed is not the one that is due where it comes.
 */
import type { RelayEvent } from '../../../client/src/index.ts';

/** A message of one session, as the sender knows it. */
export interface Sent {
  readonly n: number;
  /** When it was handed to the client, epoch milliseconds. */
  readonly publishedAt: number;
  /** When the server was known to have it; undefined where that was never heard. */
  readonly takenAt: number | undefined;
  /** Its place among all of the stream's messages, with JetStream. */
  readonly streamSeq?: number | undefined;
}

/** What an engine publishes, as it stands in `docs/surfaces/arena.md`: suffixes of one session's subjects. */
const SUFFIXES = [
  'round.start',
  'phase.start',
  'agent.marcus-001.input',
  'agent.marcus-001.output',
  'agent.marcus-001.status',
  'agent.lena-002.kill',
  'event.death',
  'event.clone',
  'input.waiting',
];

/** The last message of a session: whoever has it has everything that it will get. */
const END = 'event.end';

export const END_OF_ALL = -1;

export function suffixOf(n: number): string {
  return n === END_OF_ALL ? END : (SUFFIXES[n % SUFFIXES.length] ?? END);
}

export function payloadOf(session: string, n: number): string {
  return JSON.stringify({ session, n, text: `${session} says ${n}; `.repeat(3) });
}

/** The number of an event of this session; what else was sent is said in words. */
export function readEvent(session: string, { subject, data }: RelayEvent): number | string {
  const n = typeof data === 'object' && data !== null && 'n' in data ? Number(data.n) : Number.NaN;
  const isItsOwn = subject === suffixOf(n) && JSON.stringify(data) === payloadOf(session, n);
  return isItsOwn ? n : `was sent ${JSON.stringify({ subject, data }).slice(0, 200)}`;
}
