/** A peer that knows nothing of the relay: a plain WebSocket, what it has said, and what it was told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Cloud } from './cloud.ts';
import { type Closing, HandshakeError, type Refusal, SocketClient } from './socket-client.ts';
import { until } from './until.ts';

/** The answer to a frame that comes before the pair is complete. */
export const NO_PEER = { type: 'error', error: 'no_peer' } as const;

/** API Gateway's own frame to a client whose message led nowhere. */
const COMPLAINT = /^\{"message": ?"[^"]*", ?"connectionId": ?"/;

export class PeerClient {
  /** What it has sent. */
  readonly sent: string[] = [];
  /** Every frame that came, as its text. */
  readonly texts: string[] = [];
  /** What the gateway itself said. */
  readonly complaints: string[] = [];
  closing: Closing | undefined;
  readonly #socket: WebSocket;

  static async open(url: string): Promise<PeerClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const peer = new PeerClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
      socket.once('unexpected-response', (request, { statusCode = 0 }) => {
        reject(new HandshakeError(url, statusCode));
        request.destroy();
      });
    });
    return peer;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data, isBinary) => {
      const text = data.toString();
      if (isBinary) this.texts.push(`a binary frame: ${text}`);
      else if (COMPLAINT.test(text)) this.complaints.push(text);
      else this.texts.push(text);
    });
    socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
  }

  get sentBytes(): number {
    return bytesOf(this.sent);
  }

  get receivedBytes(): number {
    return bytesOf(this.texts);
  }

  /** Why nothing more can be expected of it. */
  get trouble(): string | undefined {
    if (this.complaints.length > 0) return `the gateway said ${this.complaints.join()}`;
    return this.closing && `closed with ${this.closing.code} ${this.closing.reason}`;
  }

  send(text: string): void {
    this.sent.push(text);
    this.#socket.send(text);
  }

  /** One message in frames of so many bytes; its text is ASCII. */
  sendInFrames(text: string, size: number): void {
    this.sent.push(text);
    for (let at = 0; at < text.length; at += size) {
      this.#socket.send(text.slice(at, at + size), { fin: at + size >= text.length });
    }
  }

  sendBinary(data: Uint8Array): void {
    this.#socket.send(data);
  }

  /** The first `count` frames; rejects where that many can no longer come. */
  frames(count: number, timeoutMs = 20_000): Promise<readonly string[]> {
    return until(
      `frame ${count} of a peer`,
      () => {
        if (this.texts.length >= count) return this.texts.slice(0, count);
        if (this.trouble !== undefined)
          throw new Error(`${this.texts.length} of ${count} frames, then ${this.trouble}`);
        return undefined;
      },
      timeoutMs,
    );
  }

  /** In the time that a busy machine needs, or a cloud for its first look at a departure. */
  closed(timeoutMs = 30_000): Promise<Closing> {
    return until('the close of a peer', () => this.closing, timeoutMs);
  }

  async close(): Promise<Closing> {
    this.#socket.close();
    return this.closed();
  }

  /** Without a word of farewell. */
  terminate(): void {
    this.#socket.terminate();
  }
}

/** The refusal of a handshake that must not open; asked for again where the cloud's failures are its own. */
export async function refusedPeer(
  cloud: Pick<Cloud, 'socketUrl' | 'retryPolicy'>,
  path: string,
): Promise<Refusal> {
  for (let attempt = 0; ; attempt += 1) {
    const refusal = await new SocketClient(cloud.socketUrl(path)).refused();
    const wait = cloud.retryPolicy?.retryAfterMs(refusal.status, attempt);
    if (wait === undefined) return refusal;
    await sleep(wait);
  }
}

function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
