/** A client of server-sent events: it keeps what it was sent, and what it would come back with. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from './cloud.ts';
import { EventStreamReader } from './event-stream.ts';
import { bearerOf, type Frame } from './socket-client.ts';
import { until } from './until.ts';

export type StreamTarget = Pick<Cloud, 'streamUrl' | 'clientBearer' | 'retryPolicy'>;

export class SseClient {
  readonly status: number;
  readonly headers: Headers;
  readonly #response: Response;
  readonly #reader: EventStreamReader;
  readonly #abort: AbortController;
  readonly #ended: Promise<'ended' | 'broken'>;
  /** The text as it came. */
  text = '';

  constructor(response: Response, abort: AbortController, lastEventId: string) {
    this.status = response.status;
    this.headers = response.headers;
    this.#response = response;
    this.#abort = abort;
    this.#reader = new EventStreamReader(lastEventId);
    this.#ended = this.#read();
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

  async #read(): Promise<'ended' | 'broken'> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.#response.body ?? []) {
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

/** Opens a stream; one that is refused too, with the refusal as its text. Again where the cloud's retry policy says so. */
export async function openSse(
  cloud: StreamTarget,
  path: string,
  { lastEventId, headers = bearerOf(cloud) }: SseOptions = {},
): Promise<SseClient> {
  for (let attempt = 0; ; attempt += 1) {
    const abort = new AbortController();
    const response = await fetch(cloud.streamUrl(path), {
      headers: {
        accept: 'text/event-stream',
        ...headers,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    const wait = cloud.retryPolicy?.retryAfterMs(response.status, attempt);
    if (wait === undefined) return new SseClient(response, abort, lastEventId ?? '');
    abort.abort();
    await sleep(wait);
  }
}

export function tenantStream(tenant: string, query = ''): string {
  return `/stream/sse?tenant=${encodeURIComponent(tenant)}${query}`;
}
