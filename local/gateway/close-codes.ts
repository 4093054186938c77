/**
 * The close codes that API Gateway itself uses, grouped by what leads to them. Code and reason of a departure also travel in the
 * $disconnect event; two texts there are API Gateway's own.
 */

export interface Departure {
  code: number;
  reason: string;
}

/** DELETE @connections; no other code or reason can be chosen. */
export const DELETED: Departure = { code: 1000, reason: 'Connection Closed Normally' };
/** What it may be instead, as no source tells what the client sees. */
export const OTHER_DELETED: Departure = { code: 1001, reason: '' };
/** Ten minutes without a message either way, or two hours of life. */
export const GOING_AWAY: Departure = { code: 1001, reason: 'Going away' };
export const BINARY_REFUSED: Departure = { code: 1003, reason: '' };
export const TOO_BIG: Departure = { code: 1009, reason: '' };
export const TOO_MANY: Departure = { code: 1008, reason: '' };

/** RFC 6455, 7.1.5: what a receiver notes when the close frame had no code. It is never sent. */
const NO_STATUS = 1005;

export function toDeparture(code: number, reason: string): Departure {
  return { code, reason: code === NO_STATUS ? 'Client-side close frame status not set' : reason };
}
