/**
 * Tickets let a browser in where it can send no header: they stand in the address, so they are short-lived, and of use for
 * nothing else. One opens a single socket, or a stream of server-sent events with its reconnects.
 */
import { RelayError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { type OpaqueToken, parseToken } from './opaque-token.ts';

export interface Tickets {
  /** `token`: whose bearer asked for it; `until`: epoch milliseconds. */
  put(ticket: OpaqueToken, token: string, until: number): Promise<void>;
  /**
   * Uses a ticket that is known by its secret and has not run out: on a socket if it was not used before, on a stream if it was not
   * used on a socket. `by`: who uses it, so that a repeat of the same write is no second use. The token it came from.
   */
  use(ticket: OpaqueToken, on: 'socket' | 'stream', by: string, until?: number): Promise<string | undefined>;
  /** A stream that was opened with it has ended: sets its end, unless another one is open still. */
  endAt(ticket: OpaqueToken, by: string, until: number): Promise<void>;
}

export interface UsedTicket {
  /** Id of the session's token that it came from. */
  readonly token: string;
  /** To be called when the stream that it opened has ended. */
  readonly ended: () => Promise<void>;
}

/** `by` names the use. Throws the 401 of a ticket that does not open. */
export async function redeem(
  tickets: Tickets,
  shown: string,
  on: 'socket' | 'stream',
  by: string,
  now: () => number,
): Promise<UsedTicket> {
  const ticket = parseToken(shown);
  // While its stream runs it holds longer than the stream can; the end of the stream sets the end.
  const until = on === 'stream' ? now() + limits.streamLeaseMs + limits.ticketGraceMs : undefined;
  const token = ticket?.kind === 'ticket' ? await tickets.use(ticket, on, by, until) : undefined;
  if (!ticket || token === undefined) {
    const message = 'is wrong, was used or has run out';
    throw new RelayError('unauthorized', `The ticket ${message}.`, [{ field: 'query ticket', message }]);
  }
  return {
    token,
    ended: () => tickets.endAt(ticket, by, now() + limits.ticketGraceMs),
  };
}
