/**
 * What matters of socket.io-client with `auth: {recovery: true}`: it keeps the `pid` and the offset of the last event that it
 * got, shows both when it comes back, and hears nothing more of a socket that it has given up.
 */
import { parseCursor } from '../../../../shared/core/cursor.ts';
import { channelRoom, roomChannel } from '../../../../shared/surfaces/mesh-jobs.ts';

export interface Received {
  /** Which event it is, whatever room it came through. */
  readonly n: number;
  readonly epoch: string;
  readonly seq: number;
}

export interface Outside {
  /** Opens a socket, with the channels that its handshake asks for; its id. */
  open(client: RecoveringClient, asked: readonly string[]): string;
  /** Sends a packet. */
  send(connection: string, text: string): void;
  sleep(ms: number): Promise<void>;
  random(): number;
  begin(work: Promise<void>): void;
  /** The last number of a channel at this moment. */
  head(channel: string): Promise<number>;
}

/** How long it waits for an answer before it asks again, milliseconds. */
const PATIENCE_MS = 20_000;

export class RecoveringClient {
  readonly received: Received[] = [];
  /** Its rooms' channels, each with the head that its first acknowledgement named: what comes later is owed to it. */
  readonly joined = new Map<string, number>();
  /** Channels that it has left, each with the head when that was acknowledged. */
  readonly left = new Map<string, number>();
  /** What must not happen, and did. */
  readonly complaints: string[] = [];
  connection: string | undefined;
  isConnected = false;
  readonly #outside: Outside;
  readonly #wanted: Set<string>;
  readonly #inHandshake: readonly string[];
  readonly #asked = new Map<number, { readonly act: 'join' | 'leave'; readonly channel: string }>();
  #packets = 0;
  #pid: string | undefined;
  #offset: string | undefined;

  /** `inHandshake`: channels that each of its handshakes asks for. */
  constructor(outside: Outside, wanted: readonly string[], inHandshake: readonly string[]) {
    this.#outside = outside;
    this.#wanted = new Set([...wanted, ...inHandshake]);
    this.#inHandshake = inHandshake;
    this.arrive();
  }

  isSettled(): boolean {
    return this.isConnected && [...this.#wanted].every((channel) => this.joined.has(channel));
  }

  /** Joins a room; not one that it is just leaving, since its words may be heard in any order. */
  want(channel: string): void {
    if (this.#isUnanswered('leave', channel)) return;
    this.left.delete(channel);
    this.#wanted.add(channel);
    const { connection } = this;
    if (connection !== undefined && this.isConnected) this.#outside.begin(this.#join(connection, channel));
  }

  /** Asks once to leave a room that it is in; whether that came true it may not learn. */
  leave(channel: string): void {
    const { connection } = this;
    if (connection === undefined || !this.isConnected || !this.joined.has(channel)) return;
    if (this.#isUnanswered('join', channel) || this.#inHandshake.includes(channel)) return;
    this.#wanted.delete(channel);
    this.joined.delete(channel);
    this.#ask(connection, 'leave', channel);
  }

  arrive(): void {
    this.isConnected = false;
    // The joins of an earlier socket come to nothing once there is another.
    for (const [packet, { act }] of this.#asked) if (act === 'join') this.#asked.delete(packet);
    const connection = this.#outside.open(this, this.#inHandshake);
    this.connection = connection;
    const known = this.#pid === undefined ? {} : { pid: this.#pid, offset: this.#offset };
    this.#outside.send(connection, `40${JSON.stringify({ recovery: true, ...known })}`);
  }

  closed(connection: string): void {
    if (connection !== this.connection) return;
    this.connection = undefined;
    this.isConnected = false;
    this.#outside.begin(this.#outside.sleep(this.#outside.random() * 2_000).then(() => this.arrive()));
  }

  heard(connection: string, frame: string): void {
    if (connection !== this.connection) return;
    const [, kind, id, json] = /^4([0-9])(\d*)(.*)$/s.exec(frame) ?? [];
    if (kind === '0') this.#onConnect(connection, JSON.parse(json ?? ''));
    else if (kind === '2') this.#onEvent(JSON.parse(json ?? ''));
    else if (kind === '3') this.#onAck(Number(id), JSON.parse(json ?? '')[0]);
  }

  #onConnect(connection: string, { pid }: { pid?: string }): void {
    if (this.isConnected) this.complaints.push('was connected twice');
    if (this.#pid !== undefined && pid !== this.#pid) this.complaints.push('was not given its session back');
    this.#pid = pid;
    this.isConnected = true;
    for (const channel of this.#inHandshake) this.#outside.begin(this.#joinedBefore(channel));
    for (const channel of this.#wanted) {
      if (this.#inHandshake.includes(channel)) continue;
      if (!this.joined.has(channel)) this.#outside.begin(this.#join(connection, channel));
    }
  }

  #onEvent([, payload, offset]: [string, { n: number; id: string }, unknown]): void {
    if (!this.isConnected) this.complaints.push('got an event before it was connected');
    const cursor = parseCursor(payload.id);
    if (!cursor || typeof offset !== 'string') throw new Error('an event without a cursor or an offset');
    this.#offset = offset;
    this.received.push({ n: payload.n, ...cursor });
  }

  #onAck(packet: number, answer: { ok: boolean; room: string; head?: string; error?: string }): void {
    const asked = this.#asked.get(packet);
    // An answer that is repeated is one.
    if (!asked) return;
    this.#asked.delete(packet);
    if (!answer.ok) {
      if (answer.error !== 'busy') this.complaints.push(`was refused: ${answer.error}`);
    } else if (asked.act === 'join') {
      const channel = roomChannel(answer.room) ?? '';
      const head = parseCursor(answer.head ?? '');
      if (head && !this.joined.has(channel)) this.joined.set(channel, head.seq);
    } else {
      const { channel } = asked;
      this.#outside.begin(this.#outside.head(channel).then((head) => void this.left.set(channel, head)));
    }
  }

  /** It is told that it is connected, but not at which head. */
  async #joinedBefore(channel: string): Promise<void> {
    const head = await this.#outside.head(channel);
    if (!this.joined.has(channel)) this.joined.set(channel, head);
  }

  async #join(connection: string, channel: string): Promise<void> {
    while (this.connection === connection && this.#wanted.has(channel) && !this.joined.has(channel)) {
      this.#ask(connection, 'join', channel);
      await this.#outside.sleep(this.#outside.random() * PATIENCE_MS);
    }
  }

  #isUnanswered(act: 'join' | 'leave', channel: string): boolean {
    return [...this.#asked.values()].some((asked) => asked.act === act && asked.channel === channel);
  }

  #ask(connection: string, act: 'join' | 'leave', channel: string): void {
    this.#packets += 1;
    this.#asked.set(this.#packets, { act, channel });
    this.#outside.send(connection, `42${this.#packets}${JSON.stringify([act, channelRoom(channel)])}`);
  }
}
