/** The front door of `@relay/client`. */

import { EventStream } from './event-stream.ts';
import type { RelayEvent } from './frames.ts';
import type { ConnectOptions } from './options.ts';

export { type ErrorCode, RelayError } from './errors.ts';
export type { EventStream, Handlers } from './event-stream.ts';
export type { RelayEvent } from './frames.ts';
export type { FetchLike, SocketConstructor, SocketLike } from './link.ts';
export type { Clock, ConnectOptions, TokenRequest, TokenSource } from './options.ts';
export type { Policy } from './policy.ts';
export type { ConnectionState, Gap } from './state.ts';

/** Opens a stream of a surface's events and keeps it open until it is closed. */
export function connect<E extends RelayEvent = RelayEvent>(options: ConnectOptions): EventStream<E> {
  return new EventStream<E>(options);
}
