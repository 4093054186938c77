/**
 * What the application holds: callbacks, `for await`, `close`. Between them and the driver lies the one buffer, which is
 * bounded: when it is full the connection is given up, and resumed from its cursor when there is room again.
 */

import { formatCursor } from './cursor.ts';
import { Driver } from './driver.ts';
import type { RelayError } from './errors.ts';
import type { RelayEvent } from './frames.ts';
import { type ConnectOptions, readOptions } from './options.ts';
import type { ConnectionState, Gap } from './state.ts';

export interface Handlers<E extends RelayEvent> {
  event(event: E): void;
  state(state: ConnectionState, reason: string): void;
  gap(gap: Gap): void;
  error(error: RelayError): void;
}

/** What waits for its turn: a gap is told between the same two events for a slow loop as for a callback. */
type Item<E> = { readonly event: E } | { readonly gap: Gap };

export class EventStream<E extends RelayEvent = RelayEvent> implements AsyncIterable<E> {
  readonly #driver: Driver;
  readonly #buffer: number;
  readonly #queue: Item<E>[] = [];
  readonly #handlers: { [name in keyof Handlers<E>]: Set<Handlers<E>[name]> } = {
    event: new Set(),
    state: new Set(),
    gap: new Set(),
    error: new Set(),
  };
  readonly #release: () => void;
  #state: ConnectionState = 'connecting';
  #cursor: string | undefined;
  #handingOut = false;
  #closing = false;
  /** The iterator of the loop that reads now. */
  #reader: object | undefined;
  #sleepers: (() => void)[] = [];

  constructor(options: ConnectOptions) {
    const config = readOptions(options);
    this.#buffer = config.buffer;
    this.#cursor = options.after;
    this.#driver = new Driver(config, {
      deliver: (events) => this.#deliver((events as readonly E[]).map((event) => ({ event }))),
      gap: (gap) => this.#deliver([{ gap }]),
      error: (error) => this.#tell('error', error),
      state: (state, reason) => {
        this.#state = state;
        if (state === 'closed') this.#end();
        this.#tell('state', state, reason);
      },
    });
    this.#release = this.#follow(options.signal);
    // Not before the caller has had the time to say `on(…)`.
    queueMicrotask(() => this.#driver.dispatch({ type: 'start' }));
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Everything up to here has been handed out. For the next run, keep the `id` of the last event dealt with instead. */
  get cursor(): string | undefined {
    const { position } = this.#driver.state.ledger;
    const behind = this.#queue.length > 0 || this.#handingOut || this.#closing;
    return behind || !position ? this.#cursor : formatCursor(position);
  }

  /** Calls back from now on; what it returns ends that. What the handler throws is thrown where nobody catches it. */
  on<Name extends keyof Handlers<E>>(name: Name, handler: Handlers<E>[Name]): () => void {
    this.#handlers[name].add(handler);
    if (name === 'event' && !this.#reader) this.#deliver(this.#queue.splice(0));
    this.#makeRoom();
    return () => void this.#handlers[name].delete(handler);
  }

  /** Ends it for good; a `for await` ends too. */
  close(): void {
    // What has not been handed out by now never is, also when a handler closes: the cursor stays where it is.
    this.#cursor = this.cursor;
    this.#closing = true;
    this.#driver.dispatch({ type: 'close' });
  }

  /** One at a time. Leaving the loop closes nothing: another loop goes on where it ended. */
  [Symbol.asyncIterator](): AsyncIterator<E, undefined> {
    if (this.#reader) throw new Error('The stream is being read already.');
    const reader = {};
    this.#reader = reader;
    const end = (): IteratorReturnResult<undefined> => {
      if (this.#reader === reader) this.#reader = undefined;
      this.#wake();
      return { done: true, value: undefined };
    };
    const isOpen = (): boolean => this.#reader === reader && !this.#closing;
    return {
      next: async () => {
        let value: E | undefined;
        while (isOpen() && !value) {
          const item = this.#queue.shift();
          if (!item) await new Promise<void>((resolve) => this.#sleepers.push(resolve));
          else if ('gap' in item) this.#tellGap(item.gap);
          else value = item.event;
        }
        if (!value) return end();
        this.#cursor = value.id;
        this.#makeRoom();
        return { done: false, value };
      },
      return: async () => end(),
    };
  }

  #wake(): void {
    for (const resolve of this.#sleepers.splice(0)) resolve();
  }

  #deliver(items: readonly Item<E>[]): void {
    this.#handingOut = true;
    for (const item of items) {
      if (this.#closing) break;
      if ('gap' in item) {
        if (this.#queue.length > 0) this.#queue.push(item);
        else this.#tellGap(item.gap);
        continue;
      }
      if (this.#reader || this.#handlers.event.size === 0) this.#queue.push(item);
      else this.#cursor = item.event.id;
      this.#tell('event', item.event);
    }
    this.#handingOut = false;
    this.#wake();
    if (this.#queue.length >= this.#buffer) this.#driver.dispatch({ type: 'full' });
  }

  #tellGap(gap: Gap): void {
    this.#cursor = gap.to;
    this.#tell('gap', gap);
  }

  #makeRoom(): void {
    const paused = this.#driver.state.phase.name === 'paused';
    if (paused && this.#queue.length <= this.#buffer / 2) this.#driver.dispatch({ type: 'drained' });
  }

  #tell<Name extends keyof Handlers<E>>(name: Name, ...words: Parameters<Handlers<E>[Name]>): void {
    for (const handler of [...this.#handlers[name]]) {
      try {
        (handler as (...words: Parameters<Handlers<E>[Name]>) => void)(...words);
      } catch (error) {
        // The application's mistake is not the stream's: it must neither stop it nor go unseen.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #end(): void {
    this.#queue.length = 0;
    this.#release();
    this.#wake();
  }

  /** Ends with the signal, and tries at once when the browser has found a network. */
  #follow(signal: AbortSignal | undefined): () => void {
    const page = globalThis as Partial<Pick<EventTarget, 'addEventListener' | 'removeEventListener'>>;
    const close = (): void => this.close();
    const online = (): void => this.#driver.dispatch({ type: 'online' });
    signal?.addEventListener('abort', close);
    page.addEventListener?.('online', online);
    if (signal?.aborted) queueMicrotask(close);
    return () => {
      signal?.removeEventListener('abort', close);
      page.removeEventListener?.('online', online);
    };
  }
}
