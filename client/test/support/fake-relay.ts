/**
 * A relay in memory on a virtual clock: it speaks `relay.v1` over pretended WebSockets and event streams, keeps a log, and
 * does to its clients what platforms do. Nothing of it is random but what the given numbers say; tests reach into it by
 * `publish`, `cut`, `refuse` and `faults`, and read what came in from `requests`, `tokens`, `handshakes`.
 */

import { type Cursor, parseCursor } from '../../src/cursor.ts';
import type { FetchLike, SocketConstructor, SocketLike } from '../../src/link.ts';
import { FakeLog } from './fake-log.ts';
import type { VirtualClock } from './world.ts';

export interface Faults {
  /** Longest time a message takes, either way, milliseconds: what takes different times comes in another order. */
  late: number;
  /** Shares of live frames that are lost, and that come twice. */
  lose: number;
  repeat: number;
  /** Share of requests that lead to the gateway's error frame, and to nothing. */
  fail: number;
  ignore: number;
  /** Share of handshakes that fail. */
  refuse: number;
  /** Longest time from a number's being given to its event's being in the log. */
  slow: number;
}

export const NO_FAULTS: Faults = { late: 0, lose: 0, repeat: 0, fail: 0, ignore: 0, refuse: 0, slow: 0 };

type Listeners = Record<'open' | 'error' | 'message' | 'close', ((event: never) => void)[]>;

export class FakeSocket implements SocketLike {
  binaryType = 'blob';
  readonly #relay: FakeRelay;
  readonly #listeners: Listeners = { open: [], error: [], message: [], close: [] };
  state: 'connecting' | 'open' | 'closed' = 'connecting';
  /** Answers keep their order where they do not say what they follow on. */
  orderedUntil = 0;
  /** There is one start a connection, whoever comes first. */
  started = false;

  constructor(relay: FakeRelay) {
    this.#relay = relay;
  }

  addEventListener(type: keyof Listeners, listener: (event: never) => void): void {
    this.#listeners[type].push(listener);
  }

  emit(type: keyof Listeners, event: object = {}): void {
    for (const listener of this.#listeners[type]) listener(event as never);
  }

  opens(): void {
    if (this.state !== 'connecting') return;
    this.state = 'open';
    this.emit('open');
  }

  hears(text: string): void {
    if (this.state === 'open') this.emit('message', { data: text });
  }

  ends(code = 1006): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    if (code === 1006) this.emit('error');
    this.emit('close', { code, reason: '' });
  }

  send(text: string): void {
    if (this.state === 'open') this.#relay.receive(this, text);
  }

  close(): void {
    this.state = 'closed';
  }
}

export class FakeRelay {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly log = new FakeLog();
  faults: Faults = NO_FAULTS;
  /** Answers say what they follow on, and events of a part are at most this many. */
  chained = true;
  partSize = 3;
  /** Transports that lead nowhere; a status where the SSE URL answers with one. */
  readonly blocked: { websocket: boolean | 'silent'; sse: boolean | number } = {
    websocket: false,
    sse: false,
  };
  readonly requests: string[] = [];
  readonly handshakes: { transport: 'websocket' | 'sse'; token: string | undefined; after: string | null }[] =
    [];
  readonly sockets = new Set<FakeSocket>();
  readonly #streams = new Set<{ pump(): void; end(): void }>();
  /** How often it said that the log does not reach back. */
  lost = 0;

  constructor(clock: VirtualClock, random: () => number = () => 0.5) {
    this.clock = clock;
    this.random = random;
  }

  get WebSocket(): SocketConstructor {
    const relay = this;
    return class extends FakeSocket {
      constructor(_url: string, protocols: string[]) {
        super(relay);
        relay.#handshake(this, protocols);
      }
    };
  }

  get open(): FakeSocket[] {
    return [...this.sockets].filter(({ state }) => state === 'open');
  }

  get streams(): number {
    return this.#streams.size;
  }

  #chance(share: number): boolean {
    return share > 0 && this.random() < share;
  }

  #later(run: () => void): void {
    this.clock.after(this.faults.late * this.random(), run);
  }

  #handshake(socket: FakeSocket, protocols: string[]): void {
    const token = protocols.find((name) => name.startsWith('bearer.'))?.slice('bearer.'.length);
    this.handshakes.push({ transport: 'websocket', token, after: null });
    const refused = this.blocked.websocket || this.#chance(this.faults.refuse);
    if (this.blocked.websocket === 'silent') return;
    this.#later(() => {
      if (refused) {
        socket.ends();
        return;
      }
      this.sockets.add(socket);
      socket.opens();
      // The relay's own `ready`, for clients that do not speak first.
      this.clock.after(500, () => this.#start(socket));
    });
  }

  #ready(recovered: boolean | null): object {
    return { type: 'ready', channel: 'tenant:t1', head: this.log.cursor(this.log.settled), recovered };
  }

  #post(socket: FakeSocket, frame: object): void {
    this.#later(() => socket.hears(JSON.stringify(frame)));
  }

  receive(socket: FakeSocket, text: string): void {
    this.requests.push(text);
    if (this.#chance(this.faults.ignore)) return;
    if (this.#chance(this.faults.fail)) {
      this.#post(socket, { message: 'Internal server error', connectionId: 'c', requestId: 'r' });
      return;
    }
    this.#later(() => this.#answer(socket, JSON.parse(text)));
  }

  #answer(socket: FakeSocket, request: { action: string; after?: string }): void {
    if (request.action === 'ping') {
      this.#post(socket, { type: 'pong', head: this.log.cursor(this.log.given) });
      return;
    }
    const after = parseCursor(request.after);
    if (request.action === 'start') this.#start(socket, { after });
    else if (after) this.#sayParts(socket, this.#standing(after));
  }

  #standing(after: Cursor | undefined): { from: number; recovered: boolean | null } {
    const recovered = after ? this.log.reachesBackTo(after) : null;
    if (recovered === false) this.lost += 1;
    return { from: after && recovered ? after.seq : this.log.settled, recovered };
  }

  /** `wish`: the client's own; without one the relay starts by itself, and what is published meanwhile comes live. */
  #start(socket: FakeSocket, wish?: { readonly after: Cursor | undefined }): void {
    if (socket.started || socket.state !== 'open') return;
    socket.started = true;
    const { epoch } = this.log;
    const standing = this.#standing(wish?.after);
    this.#say(socket, this.#ready(standing.recovered));
    // Between the ready frame and the subscription some time passes; what was published in it is in the answer too.
    this.#later(() => {
      if (wish && this.log.epoch === epoch) this.#sayParts(socket, standing);
    });
  }

  #sayParts(socket: FakeSocket, { from, recovered }: { from: number; recovered: boolean | null }): void {
    for (const part of this.#parts(from, recovered)) this.#say(socket, part);
  }

  #parts(after: number, recovered: boolean | null): object[] {
    const head = this.log.settled;
    const events = this.log.read(after, head);
    const parts: object[] = [];
    if (recovered === null && events.length === 0) return parts;
    let from = after;
    do {
      const some = events.splice(0, this.partSize);
      const isLast = events.length === 0 && recovered !== null;
      const last = isLast ? { head: this.log.cursor(head), recovered } : {};
      const chain = this.chained ? { after: this.log.cursor(from) } : {};
      parts.push({ type: 'events', ...chain, events: some, ...last });
      from = some.at(-1)?.seq ?? from;
    } while (events.length > 0);
    return parts;
  }

  #say(socket: FakeSocket, part: object): void {
    if (this.chained) {
      this.#post(socket, part);
      return;
    }
    const at = Math.max(socket.orderedUntil, this.clock.now() + this.faults.late * this.random());
    socket.orderedUntil = at;
    this.clock.after(at - this.clock.now(), () => socket.hears(JSON.stringify(part)));
  }

  heartbeat(): void {
    for (const socket of this.open) {
      this.#post(socket, { type: 'heartbeat', head: this.log.cursor(this.log.given) });
    }
  }

  /** Gives out `count` numbers; each becomes an event (or void), in the log first and then with the clients. */
  publish(count = 1, as: 'event' | 'void' = 'event'): void {
    for (let n = 0; n < count; n += 1) {
      const at = this.log.give();
      const fill = (): void => {
        if (at.epoch !== this.log.epoch) return;
        this.log.fill(at, as);
        for (const stream of this.#streams) stream.pump();
        const text = { type: 'status', id: `${at.epoch}.${at.seq}`, seq: at.seq };
        for (const socket of as === 'event' ? this.open : []) {
          if (!this.#chance(this.faults.lose)) this.#post(socket, text);
          if (this.#chance(this.faults.repeat)) this.#post(socket, text);
        }
      };
      if (this.faults.slow > 0) this.clock.after(this.faults.slow * this.random(), fill);
      else fill();
    }
  }

  cut(code = 1006): void {
    for (const socket of this.open) socket.ends(code);
    this.sockets.clear();
    for (const stream of [...this.#streams]) stream.end();
  }

  readonly fetch: FetchLike = async (url, { headers, signal }) => {
    const asked = new URL(url).searchParams.get('after');
    const token = headers.authorization?.replace('Bearer ', '');
    this.handshakes.push({ transport: 'sse', token, after: asked });
    const { sse } = this.blocked;
    if (typeof sse === 'number') return new Response('no', { status: sse, headers: { 'retry-after': '7' } });
    if (sse || this.#chance(this.faults.refuse)) throw new TypeError('fetch failed');
    return new Response(this.#stream(parseCursor(asked ?? undefined), signal), {
      headers: { 'content-type': 'text/event-stream' },
    });
  };

  #stream(
    after: { epoch: string; seq: number } | undefined,
    signal: AbortSignal,
  ): ReadableStream<Uint8Array> {
    const { log, clock } = this;
    const standing = this.#standing(after);
    const epoch = log.epoch;
    let position = standing.from;
    return new ReadableStream({
      start: (controller) => {
        const write = (text: string): void => {
          const bytes = new TextEncoder().encode(text);
          const cut = Math.floor(bytes.length * this.random());
          controller.enqueue(bytes.slice(0, cut));
          controller.enqueue(bytes.slice(cut));
        };
        const stream = {
          pump: (): void => {
            if (log.epoch !== epoch) {
              stream.end();
              return;
            }
            for (const event of log.read(position, log.settled)) {
              write(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
            }
            position = Math.max(position, log.settled);
          },
          end: (): void => {
            if (!this.#streams.delete(stream)) return;
            for (const cancel of timers) cancel();
            if (!signal.aborted) controller.close();
          },
        };
        this.#streams.add(stream);
        signal.addEventListener('abort', () => {
          if (!this.#streams.has(stream)) return;
          stream.end();
          controller.error(signal.reason);
        });
        let told = position;
        write(`retry: 1000\nid: ${log.cursor(position)}\n\n`);
        const timers = [15_000, 30_000, 45_000].map((at) =>
          clock.after(at, () => {
            stream.pump();
            if (!this.#streams.has(stream)) return;
            write(told < position ? `:\nid: ${log.cursor(position)}\n\n` : ':\n\n');
            told = position;
          }),
        );
        timers.push(clock.after(60_000, () => stream.end()));
        stream.pump();
      },
    });
  }
}
