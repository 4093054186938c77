/** A socket on which a test speaks Engine.IO and Socket.IO by hand: packets as the texts that they are. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Cloud } from './cloud.ts';
import { authOf } from './mesh-socket.ts';
import type { Closing } from './socket-client.ts';
import { until } from './until.ts';

type Target = Pick<Cloud, 'socketUrl' | 'retryPolicy' | 'clientJwtSecret'>;

export const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket';
const ATTEMPTS = 20;
const PATIENCE_MS = 5_000;

export class WireSocket {
  /** Every packet so far. */
  readonly texts: string[] = [];
  closing: Closing | undefined;
  readonly #socket: WebSocket;

  private constructor(url: string) {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (data, isBinary) => this.texts.push(isBinary ? 'binary' : data.toString()));
    this.#socket.on('close', (code, reason) => {
      this.closing = { code, reason: reason.toString() };
    });
  }

  /** Up to the open packet; again where the cloud's failures are its own. */
  static async open(cloud: Target, path = SOCKET_IO): Promise<WireSocket> {
    for (let attempt = 1; ; attempt += 1) {
      const wire = new WireSocket(cloud.socketUrl(path));
      try {
        await once(wire.#socket, 'open');
        await wire.packet(/^0/, PATIENCE_MS);
        return wire;
      } catch (error) {
        wire.#socket.terminate();
        if (!cloud.retryPolicy || attempt === ATTEMPTS) throw error;
        await sleep(100);
      }
    }
  }

  /** Up to the main namespace's answer, with the cloud's token where it has one. */
  static async connected(cloud: Target, auth: object = {}): Promise<WireSocket> {
    for (let attempt = 1; ; attempt += 1) {
      const wire = await WireSocket.open(cloud);
      try {
        wire.send(`40${JSON.stringify({ ...(await authOf(cloud)), ...auth })}`);
        await wire.packet(/^40\{/, PATIENCE_MS);
        return wire;
      } catch (error) {
        wire.close();
        if (!cloud.retryPolicy || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** Joins a room; the texts of its ack. Again where the ack may be lost. */
  async join(cloud: Target, room: string, ackId = 1): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      this.send(`42${ackId}["join",${JSON.stringify(room)}]`);
      try {
        return await this.packet(new RegExp(`^43${ackId}\\[`), PATIENCE_MS);
      } catch (error) {
        if (!cloud.retryPolicy || attempt === ATTEMPTS) throw error;
      }
    }
  }

  send(packet: string | Buffer): void {
    this.#socket.send(packet);
  }

  /** The first packet of this look, whenever it came. */
  packet(look: RegExp, timeoutMs = 30_000): Promise<string> {
    return until(
      `a packet like ${look} among ${JSON.stringify(this.texts).slice(0, 500)}, closed: ${JSON.stringify(this.closing)}`,
      () => this.texts.find((text) => look.test(text)),
      timeoutMs,
    );
  }

  closed(): Promise<Closing> {
    return until('the close', () => this.closing);
  }

  close(): void {
    this.#socket.close();
  }
}

/** What a packet that stands for a value says behind its type: `40{"sid":…}`, `431[…]`. */
export function contentOf(packet: string): unknown {
  return JSON.parse(packet.replace(/^\d+(\/[^,]*,)?/, ''));
}
