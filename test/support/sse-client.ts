/** A client of server-sent events: it keeps what it was sent, and what it would come back with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from './cloud.ts';
import { expectDocumentedHead } from './documented.ts';
import { EventStreamReader } from './event-stream.ts';
import { bearerOf, type Frame } from './socket-client.ts';
import { until } from './until.ts';

export type StreamTarget = Pick<Cloud, 'streamUrl' | 'clientBearer' | 'retryPolicy'>;

/** Asks for a stream, from behind this id where there is one. */
type Ask = (lastEventId: string, signal: AbortSignal) => Promise<Response>;

export class SseClient {
  readonly status: number;
  readonly headers: Headers;
  readonly #reader: EventStreamReader;
  readonly #abort: AbortController;
  readonly #ended: Promise<'ended' | 'broken'>;
  /** The text as it came. */
  text = '';

  /** `again`: how it comes back when its stream is over, until it is refused; without it, it stays away. */
  constructor(response: Response, abort: AbortController, lastEventId: string, again: Ask | undefined) {
    this.status = response.status;
    this.headers = response.headers;
    this.#abort = abort;
    this.#reader = new EventStreamReader(lastEventId);
    this.#ended = this.#readOn(response, again);
  }

  get lastEventId(): string {
    return this.#reader.lastEventId;
  }

  get comments(): number {
    return this.#reader.comments;
  }

  get retry(): number | undefined {
    return this.#reader.retry;
  }

  /** Every frame so far, with its `id:` and its event's name beside it. */
  get received(): (Frame & { readonly line: string; readonly name: string })[] {
    return this.#reader.events.map(({ id, data, event }) => ({ ...JSON.parse(data), line: id, name: event }));
  }

  /** The first `count` frames, once they are there. */
  async frames(count: number, timeoutMs = 15_000): Promise<readonly Frame[]> {
    await until(
      `${count} events of a stream`,
      () => (this.#reader.events.length >= count ? true : undefined),
      timeoutMs,
    );
    return this.received.slice(0, count);
  }

  /** Waits until it has an id to come back with. */
  async standing(): Promise<string> {
    return until('an id', () => this.lastEventId || undefined);
  }

  /** How it ended: by itself, or in the middle. */
  ended(): Promise<'ended' | 'broken'> {
    return this.#ended;
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#ended;
  }

  async #readOn(response: Response, again: Ask | undefined): Promise<'ended' | 'broken'> {
    const { signal } = this.#abort;
    let end = await this.#read(response);
    while (again && response.ok && !signal.aborted) {
      const next = await again(this.lastEventId, signal).catch(() => undefined);
      if (next && !next.ok) return end;
      if (next) end = await this.#read(next);
    }
    return end;
  }

  async #read(response: Response): Promise<'ended' | 'broken'> {
    const decoder = new TextDecoder();
    this.#reader.begin();
    try {
      for await (const chunk of response.body ?? []) {
        const text = decoder.decode(chunk, { stream: true });
        this.text += text;
        this.#reader.feed(text);
      }
      return 'ended';
    } catch {
      return 'broken';
    }
  }
}

export interface SseOptions {
  readonly lastEventId?: string;
  readonly headers?: Record<string, string>;
}

/**
 * Opens a stream; one that is refused too, with the refusal as its text. Again where the cloud's retry policy says so; there
 * the client comes back by itself as well, as a browser would.
 */
export async function openSse(
  cloud: StreamTarget,
  path: string,
  { lastEventId = '', headers = bearerOf(cloud) }: SseOptions = {},
): Promise<SseClient> {
  const { retryPolicy } = cloud;
  const ask: Ask = async (id, signal) => {
    for (let attempt = 0; ; attempt += 1) {
      const request = { accept: 'text/event-stream', ...headers, ...(id !== '' && { 'last-event-id': id }) };
      const response = await fetch(cloud.streamUrl(path), { headers: request, signal });
      expectDocumentedHead({ method: 'GET', path }, response);
      const wait = retryPolicy?.retryAfterMs(response.status, attempt);
      if (wait === undefined) return response;
      await response.body?.cancel();
      await sleep(wait);
    }
  };
  const abort = new AbortController();
  const response = await ask(lastEventId, abort.signal);
  return new SseClient(response, abort, lastEventId, retryPolicy && ask);
}

export function tenantStream(tenant: string, query = ''): string {
  return `/stream/sse?tenant=${encodeURIComponent(tenant)}${query}`;
}
