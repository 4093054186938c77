/** What the two transports have in common: how they are opened and what they report. */

import type { Frame } from './frames.ts';
import type { Loss } from './state.ts';

export interface LinkEvents {
  opened(): void;
  frame(frame: Frame): void;
  lost(loss: Loss): void;
}

/** What is reported after `close` is the machine's to leave unheard. */
export interface Link {
  send(text: string): void;
  close(): void;
}

/** The part of the standard WebSocket that is used here; `ws` has it too. */
export interface SocketLike {
  binaryType: string;
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => SocketLike;

/** The part of the standard `fetch` that is used here. */
export type FetchLike = (
  url: string,
  init: {
    readonly headers: Record<string, string>;
    readonly signal: AbortSignal;
    readonly cache: 'no-store';
  },
) => Promise<Response>;
