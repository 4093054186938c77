/**
 * One open WebSocket connection: the socket, its age, and the end it comes to. Posts go out as text frames of at most 32 KB
 * each, which the client's library puts together again. The idle timer is not re-armed with every message: it looks at the
 * time of the last one when it fires, which costs nothing per message.
 */

import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import { type Departure, GOING_AWAY, toDeparture } from './close-codes.ts';
import { IDLE_MS, LIFE_MS, MAX_FRAME_BYTES } from './limits.ts';
import type { Readings } from './readings.ts';
import type { ConnectionFacts } from './websocket-event.ts';

/** A client that does not answer a close frame is cut off. */
const CLOSE_GRACE_MS = 1_000;
/** How far apart two posts may be when the later one overtakes, and how long after its answer a post may go out. */
export const OVERTAKING_MS = 25;

export class Connection {
  readonly facts: ConnectionFacts;
  readonly query: string;
  lastActiveAt: number;
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #leaving: (connection: Connection) => void;
  readonly #isBinary: boolean;
  readonly #overtaking: boolean;
  #departure: Departure | undefined;
  #cancelIdle: () => void;
  readonly #cancelLife: () => void;

  /** `leaving` is told as soon as the connection has begun to end, however it ends: from then on it is gone for posts. */
  constructor(
    facts: ConnectionFacts,
    query: string,
    socket: WebSocket,
    clock: Clock,
    leaving: (connection: Connection) => void,
    readings: Readings,
  ) {
    this.facts = facts;
    this.query = query;
    this.lastActiveAt = clock.now();
    this.#socket = socket;
    this.#clock = clock;
    this.#leaving = leaving;
    this.#isBinary = readings.binaryPosts;
    this.#overtaking = readings.overtakingPosts;
    this.#cancelIdle = clock.after(IDLE_MS, () => this.#checkIdle());
    this.#cancelLife = clock.after(LIFE_MS, () => this.close(GOING_AWAY));
  }

  get isLeaving(): boolean {
    return this.#departure !== undefined;
  }

  /** Bytes that the client has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  post(data: Buffer): void {
    this.lastActiveAt = this.#clock.now();
    if (this.#overtaking) setTimeout(() => this.#send(data), Math.random() * OVERTAKING_MS);
    else this.#send(data);
  }

  #send(data: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    for (let at = 0; data.length - at > MAX_FRAME_BYTES; at += MAX_FRAME_BYTES) {
      this.#socket.send(data.subarray(at, at + MAX_FRAME_BYTES), { binary: this.#isBinary, fin: false });
    }
    const lastFrame = data.length <= MAX_FRAME_BYTES ? data : data.subarray(startOfLastFrame(data.length));
    this.#socket.send(lastFrame, { binary: this.#isBinary, fin: true });
  }

  /** From our side: a deletion, a limit, a violated rule. */
  close(departure: Departure): void {
    if (this.#departure) return;
    this.#leave(departure);
    this.#socket.close(departure.code, departure.reason);
    setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  /** The socket has closed, whoever began. Gives what the $disconnect event reports. */
  closed(code: number, reason: string): Departure {
    const departure = this.#departure ?? toDeparture(code, reason);
    this.#leave(departure);
    return departure;
  }

  /** Cuts the socket without a close frame. */
  cut(): void {
    this.#leave(toDeparture(1006, ''));
    this.#socket.terminate();
  }

  #leave(departure: Departure): void {
    if (this.#departure) return;
    this.#departure = departure;
    this.#cancelIdle();
    this.#cancelLife();
    this.#leaving(this);
  }

  #checkIdle(): void {
    const left = this.lastActiveAt + IDLE_MS - this.#clock.now();
    if (left <= 0) this.close(GOING_AWAY);
    else this.#cancelIdle = this.#clock.after(left, () => this.#checkIdle());
  }
}

function startOfLastFrame(length: number): number {
  return Math.floor((length - 1) / MAX_FRAME_BYTES) * MAX_FRAME_BYTES;
}
