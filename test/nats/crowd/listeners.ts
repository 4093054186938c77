/** The clients of a crowd: four to a session, one of each kind. Each keeps the numbers of what it was sent, as they came. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { connect, type EventStream, type RelayEvent } from '../../../client/src/index.ts';
import type { Cloud } from '../../support/cloud.ts';
import { until } from '../../support/until.ts';
import { END_OF_ALL, readEvent } from './messages.ts';

export const kinds = ['plain', 'plain, comes back', 'library', 'library, comes back'] as const;
export type Kind = (typeof kinds)[number];

type Target = Pick<Cloud, 'socketUrl'>;

/** What all kinds have in common. */
export abstract class Listener {
  readonly session: string;
  readonly kind: Kind;
  /** In the order in which they came. */
  readonly heard: number[] = [];
  /** Events that came again: a plain client may get such after a crash, with the same id, and drops them. */
  repeats = 0;
  /** What came that was none of its session's, and ends that nobody asked for. */
  readonly trouble: string[] = [];
  /** The `id` of the last event that it has. */
  protected cursor: string | undefined;
  protected readonly url: string;

  constructor(cloud: Target, session: string, kind: Kind) {
    this.url = cloud.socketUrl(`/ws/arena/${session}`);
    this.session = session;
    this.kind = kind;
  }

  abstract open(): Promise<void>;
  abstract close(): Promise<void>;

  /** Goes, and comes back with its cursor. */
  async comeBack(): Promise<void> {
    await this.close();
    await this.open();
  }

  /** Resolves once the session's last message is there. */
  async hasAll(timeoutMs: number): Promise<void> {
    const hasEnd = () => this.heard.at(-1) === END_OF_ALL || undefined;
    await until(`the last message at the client "${this.kind}" of ${this.session}`, hasEnd, timeoutMs);
  }

  protected take(event: RelayEvent): void {
    this.cursor = event.id;
    const read = readEvent(this.session, event);
    if (typeof read === 'number') this.heard.push(read);
    else this.trouble.push(read);
  }
}

/** A plain socket: it drops what it has seen, as it is told to, and keeps the last `id` for its next handshake. */
class PlainListener extends Listener {
  readonly #seen = new Set<number>();
  #socket: WebSocket | undefined;

  async open(): Promise<void> {
    const after = this.cursor === undefined ? '' : `?after=${encodeURIComponent(this.cursor)}`;
    const socket = new WebSocket(`${this.url}${after}`, { perMessageDeflate: false });
    this.#socket = socket;
    socket.on('message', (data) => this.#takeOnce(JSON.parse(data.toString())));
    socket.on('close', (code) => {
      if (this.#socket === socket) this.trouble.push(`was closed with ${code}`);
    });
    await once(socket, 'open');
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.close();
    await closed;
  }

  #takeOnce(event: RelayEvent): void {
    if (this.#seen.has(event.seq)) {
      this.repeats += 1;
      return;
    }
    this.#seen.add(event.seq);
    this.take(event);
  }
}

/** A stream of our library, which is to hand out each event once, in order, whatever becomes of its connections. */
class LibraryListener extends Listener {
  #stream: EventStream | undefined;

  async open(): Promise<void> {
    const stream = connect({ url: this.url, after: this.cursor });
    this.#stream = stream;
    stream.on('event', (event) => this.take(event));
    stream.on('gap', (gap) => this.trouble.push(`was told of a gap: ${JSON.stringify(gap)}`));
    await until(`the stream of ${this.session} is live`, () => stream.state === 'live' || undefined);
  }

  async close(): Promise<void> {
    this.#stream?.close();
  }
}

export function makeListener(cloud: Target, session: string, kind: Kind): Listener {
  const Chosen = kind.startsWith('plain') ? PlainListener : LibraryListener;
  return new Chosen(cloud, session, kind);
}
