/**
 * How an event that nobody waits for reaches its function. AWS promises less than one handing-over for it: asynchronous
 * invocations come late, twice or never, $disconnect is best effort, and messages of one connection overtake each other.
 */

/** Delays, in ms, after which the event is handed over: none when it is lost, two when it comes twice. */
export type Deliveries = (
  kind: 'asynchronous' | 'disconnect' | 'message',
  event: unknown,
) => readonly number[];

/** A good day: everything at once, and once. */
export const promptly: Deliveries = () => [0];
