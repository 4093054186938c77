/** A plain WebSocket client: it keeps what it was sent and tells a test what is missing. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Cloud } from './cloud.ts';

export interface Frame {
  readonly id: string;
  readonly seq: number;
  readonly [field: string]: unknown;
}

export interface Refusal {
  readonly status: number;
  readonly body: string;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface SocketClientOptions {
  /** Frames with an id that was there before are not counted. */
  readonly dropsRepeats?: boolean;
  /** Subprotocols that it offers. */
  readonly protocols?: readonly string[];
  /** The address that it comes from; without one the system chooses. */
  readonly localAddress?: string;
}

/** An address as a test may print it: a ticket or a token in it is a secret. */
const printable = (url: string): string => url.replace(/([?&](?:ticket|token)=)[^&]+/g, '$1…');

/** A handshake that was expected to open, and what it was answered with. */
export class HandshakeError extends Error {
  readonly status: number;

  constructor(url: string, status: number) {
    super(`${printable(url)} refused with ${status}`);
    this.status = status;
  }
}

export class SocketClient {
  /** Every frame so far, as text. */
  readonly texts: string[] = [];
  /** Every frame so far, parsed. */
  readonly received: Frame[] = [];
  readonly #socket: WebSocket;
  readonly #opened: Promise<void>;
  readonly #refused: Promise<Refusal>;
  readonly #closed: Promise<Closing>;
  #onFrame: () => void = () => undefined;

  constructor(
    url: string,
    headers: Record<string, string> = {},
    { dropsRepeats = false, protocols = [], localAddress }: SocketClientOptions = {},
  ) {
    const ids = new Set<string>();
    const socket = new WebSocket(url, [...protocols], {
      headers,
      perMessageDeflate: false,
      ...(localAddress !== undefined && { localAddress }),
    });
    this.#socket = socket;
    this.#refused = new Promise((resolve, reject) => {
      socket.once('unexpected-response', (_, response) => readRefusal(response).then(resolve, reject));
      socket.once('open', () => reject(new Error(`${printable(url)} was expected to refuse and opened`)));
      socket.once('close', () => reject(new Error(`${printable(url)} closed without an answer`)));
    });
    this.#opened = new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (_, { statusCode = 0 }) =>
        reject(new HandshakeError(url, statusCode)),
      );
    });
    this.#closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => undefined);
    socket.on('message', (data) => {
      const text = data.toString();
      const frame: Frame = JSON.parse(text);
      if (dropsRepeats && frame.id !== undefined && ids.has(frame.id)) return;
      ids.add(frame.id);
      this.texts.push(text);
      this.received.push(frame);
      this.#onFrame();
    });
    // Each test awaits one of the two; the other one's rejection is no news.
    this.#opened.catch(() => undefined);
    this.#refused.catch(() => undefined);
  }

  /** The subprotocol that was agreed upon. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  /** Rejects when the handshake is refused. */
  opened(): Promise<void> {
    return this.#opened;
  }

  /** The refusal of the handshake; rejects when the socket opens. */
  refused(): Promise<Refusal> {
    return this.#refused;
  }

  closed(): Promise<Closing> {
    return this.#closed;
  }

  /** The first `count` frames, once they are there. */
  async frames(count: number, timeoutMs = 10_000): Promise<readonly Frame[]> {
    if (this.received.length < count) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(this.#whatIsMissing(count, timeoutMs))), timeoutMs);
        this.#onFrame = () => {
          if (this.received.length < count) return;
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.received.slice(0, count);
  }

  /** Waits until a frame of this kind has come, whatever came before it. */
  async frameWhere(isIt: (frame: Frame) => boolean, timeoutMs = 10_000): Promise<Frame> {
    const deadline = Date.now() + timeoutMs;
    for (let seen = 0; ; seen += 1) {
      const [frame] = (await this.frames(seen + 1, Math.max(1, deadline - Date.now()))).slice(seen);
      if (frame && isIt(frame)) return frame;
    }
  }

  send(data: string): void {
    this.#socket.send(data);
  }

  async close(): Promise<Closing> {
    this.#socket.close();
    return this.#closed;
  }

  #whatIsMissing(count: number, timeoutMs: number): string {
    const numbers = this.received.map(({ seq }) => seq);
    const holes = Array.from({ length: Math.max(0, ...numbers) }, (_, index) => index + 1)
      .filter((seq) => !numbers.includes(seq))
      .slice(0, 20);
    const last = this.received.at(-1);
    return (
      `${count - numbers.length} of ${count} frames are missing after ${timeoutMs} ms at ${printable(this.#socket.url)}; ` +
      `numbers never seen below the highest: [${holes}]; last frame: ${JSON.stringify(last)?.slice(0, 300)}`
    );
  }
}

type Target = Pick<Cloud, 'socketUrl' | 'clientBearer' | 'retryPolicy' | 'mayRepeat'>;

/** Opens a tenant's stream as a desktop app does: with the cloud's bearer, where it has one. */
export function openStream(
  cloud: Target,
  tenant: string,
  headers?: Record<string, string>,
): Promise<SocketClient> {
  return openAt(cloud, `/stream?tenant=${encodeURIComponent(tenant)}`, headers);
}

/** Opens the socket of a public path; again where the cloud's retry policy says so. */
export async function openAt(
  cloud: Target,
  path: string,
  headers: Record<string, string> = bearerOf(cloud),
  protocols: readonly string[] = [],
): Promise<SocketClient> {
  const url = cloud.socketUrl(path);
  const { retryPolicy, mayRepeat: dropsRepeats = false } = cloud;
  for (let attempt = 0; ; attempt += 1) {
    const client = new SocketClient(url, headers, { dropsRepeats, protocols });
    try {
      await client.opened();
      return client;
    } catch (error) {
      const wait =
        error instanceof HandshakeError ? retryPolicy?.retryAfterMs(error.status, attempt) : undefined;
      if (wait === undefined) throw error;
      await sleep(wait);
    }
  }
}

/** The header that a client of this cloud shows. */
export function bearerOf({ clientBearer }: Pick<Cloud, 'clientBearer'>): Record<string, string> {
  return clientBearer === undefined ? {} : { authorization: `Bearer ${clientBearer}` };
}

async function readRefusal(response: IncomingMessage): Promise<Refusal> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}
