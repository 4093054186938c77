/** The machine's words: what it knows (`State`), what happens to it (`Event`), what it wants done (`Effect`). */

import type { Cursor } from './cursor.ts';
import type { RelayError } from './errors.ts';
import type { Frame, RelayEvent, Request } from './frames.ts';
import { type Ledger, startLedger } from './ledger.ts';
import type { Policy } from './policy.ts';
import { type Route, startRoute, type Transport } from './route.ts';

/** A connection on which the relay has said where it stands (SSE: that has been opened). */
export interface Open {
  readonly name: 'open';
  readonly transport: Transport;
  readonly since: number;
  readonly heardAt: number;
  /** Where we stood when we asked for what is missing, until the last part of the answer. */
  readonly asked: Cursor | null;
  /** Answers in a row that brought nothing: each makes the next question wait longer. */
  readonly fruitless: number;
  /** The reorder timer runs. */
  readonly waiting: boolean;
  readonly pinged: boolean;
  /** SSE: the relay said where the stream begins, so that a jump in the numbers is void numbers. */
  readonly vouched: boolean;
}

export type Phase =
  | { readonly name: 'new' }
  /** Between two attempts. */
  | { readonly name: 'waiting' }
  /** The callback is asked for a token. */
  | { readonly name: 'token'; readonly transport: Transport }
  | { readonly name: 'opening'; readonly transport: Transport }
  /** The socket is open, `ready` has not come. */
  | { readonly name: 'greeting'; readonly transport: 'websocket' }
  | Open
  /** The consumer is too slow; no connection until it has caught up. */
  | { readonly name: 'paused' }
  | { readonly name: 'closed' };

/** What the application sees of the phase. */
export type ConnectionState = 'connecting' | 'live' | 'recovering' | 'offline' | 'closed';

export interface State {
  readonly phase: Phase;
  readonly ledger: Ledger;
  readonly route: Route;
  /** Numbers the attempts; what an earlier one still has to say is not heard. */
  readonly link: number;
  /** Attempts in a row without a steady connection. */
  readonly attempts: number;
  /** Handshakes in a row that may have failed for the token. */
  readonly refusals: number;
  readonly policy: Policy;
  readonly hasSse: boolean;
}

export type TimerName = 'retry' | 'deadline' | 'idle' | 'reorder';

/** How a connection ended, or why there was none. */
export interface Loss {
  /** HTTP status of a refused handshake, where the transport tells it. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** The relay ended it in good order: SSE streams end after a minute. */
  readonly clean?: boolean;
  readonly reason: string;
}

/** Time and chance come in with every event: the machine has neither of its own. */
export type Event = { readonly now: number; readonly random: number } & Occurrence;

export type Occurrence =
  | { readonly type: 'start' }
  | { readonly type: 'token'; readonly link: number; readonly token: string | undefined }
  | { readonly type: 'token-failed'; readonly link: number; readonly error: RelayError }
  | { readonly type: 'opened'; readonly link: number }
  | { readonly type: 'frame'; readonly link: number; readonly frame: Frame }
  | { readonly type: 'lost'; readonly link: number; readonly loss: Loss }
  | { readonly type: 'timer'; readonly name: TimerName }
  /** The browser says that there is a network again. */
  | { readonly type: 'online' }
  /** The consumer's buffer is full; it has been emptied far enough. */
  | { readonly type: 'full' }
  | { readonly type: 'drained' }
  | { readonly type: 'close' };

export interface Gap {
  /** The last cursor before it, which is the last that was delivered or known to be void. */
  readonly from: string;
  /** The last cursor inside it: the stream goes on after this one. */
  readonly to: string;
  /** False where the numbers jumped and the relay did not say why: there may be nothing missing. */
  readonly certain: boolean;
}

export type Effect =
  | { readonly type: 'token'; readonly link: number; readonly refused: boolean }
  | {
      readonly type: 'open';
      readonly link: number;
      readonly transport: Transport;
      readonly token: string | undefined;
      /** SSE asks for it in the URL; over WebSocket `start` does. */
      readonly after: Cursor | null;
    }
  | { readonly type: 'close'; readonly link: number }
  | { readonly type: 'send'; readonly link: number; readonly request: Request }
  | { readonly type: 'timer'; readonly name: TimerName; readonly ms: number }
  | { readonly type: 'clear'; readonly name: TimerName }
  | { readonly type: 'deliver'; readonly events: readonly RelayEvent[] }
  | { readonly type: 'gap'; readonly gap: Gap }
  | { readonly type: 'state'; readonly state: ConnectionState; readonly reason: string }
  | { readonly type: 'error'; readonly error: RelayError };

export function startState(policy: Policy, hasSse: boolean, after: Cursor | null): State {
  return {
    phase: { name: 'new' },
    ledger: startLedger(after),
    route: startRoute(policy),
    link: 0,
    attempts: 0,
    refusals: 0,
    policy,
    hasSse,
  };
}
