/** Performs what the machine wants done: sockets, streams, timers, the token callback. It decides nothing. */

import { formatCursor } from './cursor.ts';
import { RelayError } from './errors.ts';
import { encodeRequest, type RelayEvent } from './frames.ts';
import type { Link, LinkEvents } from './link.ts';
import { next } from './machine.ts';
import { type Config, isToken } from './options.ts';
import { openSse } from './sse.ts';
import {
  type ConnectionState,
  type Effect,
  type Gap,
  type Occurrence,
  type State,
  startState,
  type TimerName,
} from './state.ts';
import { openWebSocket } from './websocket.ts';

/** Whom the driver tells. */
export interface Listener {
  deliver(events: readonly RelayEvent[]): void;
  gap(gap: Gap): void;
  state(state: ConnectionState, reason: string): void;
  error(error: RelayError): void;
}

export class Driver {
  readonly #config: Config;
  readonly #listener: Listener;
  readonly #timers = new Map<TimerName, () => void>();
  readonly #waiting: Occurrence[] = [];
  #state: State;
  #link: Link | undefined;
  #asking: AbortController | undefined;
  #busy = false;

  constructor(config: Config, listener: Listener) {
    this.#config = config;
    this.#listener = listener;
    this.#state = startState(config.policy, config.sse !== undefined, config.after);
  }

  get state(): State {
    return this.#state;
  }

  /** What happens while effects are performed waits for its turn: every step starts from a finished one. */
  dispatch(occurrence: Occurrence): void {
    this.#waiting.push(occurrence);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let due = this.#waiting.shift(); due; due = this.#waiting.shift()) {
        const { clock, random } = this.#config;
        const { state, effects } = next(this.#state, { ...due, now: clock.now(), random: random() });
        this.#state = state;
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#busy = false;
    }
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'token':
        void this.#askToken(effect.link, effect.refused);
        break;
      case 'open':
        this.#open(effect);
        break;
      case 'close':
        this.#link?.close();
        this.#link = undefined;
        break;
      case 'send':
        this.#link?.send(encodeRequest(effect.request));
        break;
      case 'timer':
        this.#setTimer(effect.name, effect.ms);
        break;
      case 'clear':
        this.#clearTimer(effect.name);
        break;
      case 'deliver':
        this.#listener.deliver(effect.events);
        break;
      case 'gap':
        this.#listener.gap(effect.gap);
        break;
      case 'state':
        if (effect.state === 'closed') this.#asking?.abort();
        this.#listener.state(effect.state, effect.reason);
        break;
      case 'error':
        this.#listener.error(effect.error);
        break;
    }
  }

  async #askToken(link: number, refused: boolean): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const token = await this.#config.token({ refused, signal: asking.signal });
      if (token !== undefined && !isToken(token)) {
        throw new TypeError('it has characters that no handshake can carry');
      }
      this.dispatch({ type: 'token', link, token });
    } catch (cause) {
      const error = new RelayError('token', `There is no token: ${String(cause)}`, { cause });
      this.dispatch({ type: 'token-failed', link, error });
    }
  }

  #open({ link, transport, token, after }: Extract<Effect, { type: 'open' }>): void {
    const events: LinkEvents = {
      opened: () => this.dispatch({ type: 'opened', link }),
      frame: (frame) => this.dispatch({ type: 'frame', link, frame }),
      lost: (loss) => this.dispatch({ type: 'lost', link, loss }),
    };
    const { url, sse, WebSocket, fetch } = this.#config;
    try {
      if (transport === 'websocket') {
        this.#link = openWebSocket(WebSocket, url, token, events);
        return;
      }
      const target = new URL(sse ?? url);
      if (after) target.searchParams.set('after', formatCursor(after));
      this.#link = openSse(
        fetch,
        target.href,
        token === undefined ? {} : { authorization: `Bearer ${token}` },
        events,
      );
    } catch (error) {
      // A constructor that refuses (a page under https and a ws URL): to the machine one more failed handshake.
      events.lost({ reason: String(error) });
    }
  }

  #setTimer(name: TimerName, ms: number): void {
    this.#clearTimer(name);
    const cancel = this.#config.clock.after(ms, () => {
      this.#timers.delete(name);
      this.dispatch({ type: 'timer', name });
    });
    this.#timers.set(name, cancel);
  }

  #clearTimer(name: TimerName): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}
