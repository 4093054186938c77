/** A plain client that comes back whenever its socket breaks; it keeps a record of each of its sockets. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import { type Frame, SocketClient } from '../socket-client.ts';

/** The life of one socket, times by `performance.now()`. */
export interface Session {
  readonly tenant: string;
  readonly openedAt: number;
  /** Undefined: it stood to the end. */
  readonly closedAt: number | undefined;
  /** Of the close frame; 1006 without one. */
  readonly code: number;
  readonly frames: readonly Frame[];
}

const PAUSE_MS = 50;

export class Listener {
  readonly sessions: Session[] = [];
  readonly #cloud: Pick<Cloud, 'socketUrl'>;
  readonly #tenant: string;
  readonly #firstOpened = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #client: SocketClient | undefined;
  #isStopped = false;

  constructor(cloud: Pick<Cloud, 'socketUrl'>, tenant: string) {
    this.#cloud = cloud;
    this.#tenant = tenant;
    this.#running = this.#run();
  }

  /** Resolves when the first handshake has succeeded. */
  opened(): Promise<void> {
    return this.#firstOpened.promise;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#client?.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const client = new SocketClient(this.#cloud.socketUrl(`/stream?tenant=${this.#tenant}`));
      const isOpen = await client.opened().then(
        () => true,
        () => false,
      );
      if (!isOpen) {
        await sleep(PAUSE_MS);
        continue;
      }
      this.#client = client;
      const openedAt = performance.now();
      this.#firstOpened.resolve();
      const { code } = await client.closed();
      const closedAt = this.#isStopped ? undefined : performance.now();
      this.sessions.push({ tenant: this.#tenant, openedAt, closedAt, code, frames: client.received });
    }
  }
}
