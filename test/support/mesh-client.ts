/**
 * A front end of mesh jobs: an unmodified socket.io client, and what it saw. It joins its rooms again after a cut that was not
 * recovered, behind the last event that it saw, as an application would that wants to miss nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from './cloud.ts';
import {
  address,
  authOf,
  CLIENTS,
  type ConnectError,
  type IoSocket,
  type JoinAnswer,
  type MeshClientOptions,
  type MeshEvent,
  type MeshPayload,
} from './mesh-socket.ts';
import { until } from './until.ts';

type Target = Pick<Cloud, 'socketUrl' | 'retryPolicy' | 'mayRepeat' | 'clientJwtSecret'>;

/** Where failures are the cloud's own: how long an answer is waited for before it is asked for again. */
const PATIENCE_MS = 5_000;
/** Elsewhere it comes, if the machine is not too busy. */
const SURE_PATIENCE_MS = 30_000;
const ATTEMPTS = 12;
const CONNECTED_MS = 30_000;
const UNSURE_CONNECTED_MS = 120_000;

export class MeshClient {
  readonly events: MeshEvent[] = [];
  /** One for each time that it was connected. */
  readonly connects: { readonly sid: string; readonly recovered: boolean }[] = [];
  readonly errors: ConnectError[] = [];
  /** Why it was disconnected, in socket.io's words. */
  readonly drops: string[] = [];
  /** Engine.IO pings that came. */
  pings = 0;
  /** Rooms that it is in, with the last id that it knows of each. */
  readonly rooms = new Map<string, string>();
  readonly #socket: IoSocket;
  readonly #isUnsure: boolean;
  readonly #recovers: boolean;
  readonly #dropsRepeats: boolean;
  readonly #seen = new Set<string>();
  #rejoined: Promise<void> = Promise.resolve();

  /** Connects, but does not wait for it. */
  constructor(cloud: Target, options: MeshClientOptions = {}) {
    const { version = '4.8', path = '/socket.io/', namespace = '', auth = {}, headers, query = {} } = options;
    const { origin, ...where } = address(cloud, path, query);
    this.#isUnsure = cloud.retryPolicy !== undefined;
    this.#recovers = auth.recovery === true;
    this.#dropsRepeats = cloud.mayRepeat ?? false;
    this.#socket = CLIENTS[version](`${origin}${namespace}`, {
      ...where,
      auth,
      ...(headers && { extraHeaders: headers }),
      transports: ['websocket'],
      forceNew: true,
      reconnectionDelay: 40,
      reconnectionDelayMax: 400,
      // The open packet may get lost on its way; then it begins again.
      timeout: this.#patienceMs,
    }) as unknown as IoSocket;
    this.#listen(options.rejoins ?? true);
  }

  /** Connects; with the cloud's token, where it has one and none is given. */
  static async open(cloud: Target, options: MeshClientOptions = {}): Promise<MeshClient> {
    const client = new MeshClient(cloud, { ...options, auth: { ...(await authOf(cloud)), ...options.auth } });
    await client.connected().catch((error: unknown) => {
      client.close();
      throw error;
    });
    return client;
  }

  get id(): string | undefined {
    return this.#socket.id;
  }

  get #patienceMs(): number {
    return this.#isUnsure ? PATIENCE_MS : SURE_PATIENCE_MS;
  }

  get #connectedMs(): number {
    return this.#isUnsure ? UNSURE_CONNECTED_MS : CONNECTED_MS;
  }

  /** Who dies over an event may leave a socket quiet until the minute's pass. */
  get #eventMs(): number {
    return this.#isUnsure ? 150_000 : 30_000;
  }

  /** Waits until it has been connected this often, and has its rooms again. */
  async connected(times = 1, timeoutMs = this.#connectedMs): Promise<void> {
    const look = (): true | undefined => {
      if (this.connects.length >= times) return true;
      const [error] = this.errors;
      if (error && !this.#isUnsure) throw new Error(`not connected: ${JSON.stringify(error)}`);
      return undefined;
    };
    await until(`connected ${times} times`, look, timeoutMs);
    await this.#rejoined;
  }

  /** The first error of its connecting that is the relay's. The client calls a `server error` what is no packet: a gateway's complaint. */
  refused(): Promise<ConnectError> {
    const isTheClouds = ({ message }: ConnectError) =>
      this.#isUnsure && /^(timeout|websocket error|server error)$/.test(message);
    return until('a connect_error', () => this.errors.find((one) => !isTheClouds(one)), this.#connectedMs);
  }

  /** Emits, and waits for the one argument of its ack; again where the cloud may have lost it. */
  async ask(name: string, ...args: unknown[]): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const acks: unknown[][] = [];
      this.#socket.emit(name, ...args, (...ack: unknown[]) => acks.push(ack));
      try {
        const ack = await until(`the ack of ${name}`, () => acks[0], this.#patienceMs);
        if (ack.length !== 1) throw new Error(`an ack of ${ack.length} arguments: ${JSON.stringify(ack)}`);
        return ack[0];
      } catch (error) {
        if (!this.#isUnsure || attempt === ATTEMPTS || acks.length > 0) throw error;
      }
    }
  }

  emit(name: string, ...args: unknown[]): void {
    this.#socket.emit(name, ...args);
  }

  /** Joins a room, behind a cursor where one is given; what its ack says. */
  async join(room: unknown): Promise<JoinAnswer> {
    const answer = await this.#askUntilFree('join', room);
    if (answer.ok && answer.room !== undefined && answer.head !== undefined)
      this.rooms.set(answer.room, answer.head);
    return answer;
  }

  /** Joins rooms that must be there to be joined. */
  async joinAll(...rooms: readonly string[]): Promise<void> {
    for (const room of rooms) {
      const answer = await this.join(room);
      if (!answer.ok) throw new Error(`${room} was not joined: ${JSON.stringify(answer)}`);
    }
  }

  async leave(room: unknown): Promise<JoinAnswer> {
    const answer = await this.#askUntilFree('leave', room);
    this.rooms.delete(String(room));
    return answer;
  }

  /** Who died over a socket may keep it busy for a while, where that can happen. */
  async #askUntilFree(name: string, room: unknown): Promise<JoinAnswer> {
    for (;;) {
      const answer = (await this.ask(name, room)) as JoinAnswer;
      if (!this.#isUnsure || answer.error !== 'busy') return answer;
      await sleep(100);
    }
  }

  /** The first `count` events, once they are there. */
  async first(count: number, timeoutMs = this.#eventMs): Promise<readonly MeshEvent[]> {
    await until(
      `${count} events; ${this.events.length} came, the last ${JSON.stringify(this.events.at(-1))?.slice(0, 300)}`,
      () => (this.events.length >= count ? true : undefined),
      timeoutMs,
    );
    return this.events.slice(0, count);
  }

  /** Waits for the event of which one of the ids is this. */
  async sees(id: string, timeoutMs = this.#eventMs): Promise<MeshEvent> {
    const isIt = ({ payload }: MeshEvent) => Object.values(payload.ids ?? {}).includes(id);
    return until(`the event ${id}`, () => this.events.find(isIt), timeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.state()}`);
    });
  }

  /** What it has gone through, for whoever has to find out why it does not have what it should. */
  state(): string {
    const { connects, drops, errors, rooms, events } = this;
    const isConnected = this.#socket.connected;
    return JSON.stringify({ isConnected, connects, drops, errors, rooms: [...rooms], events: events.length });
  }

  /** Ends the connection below it: with a close, or as a network does. It comes back by itself. */
  cut(how: 'close' | 'terminate'): void {
    const { engine } = this.#socket.io;
    if (how === 'close') engine.close();
    else engine.transport.ws?.terminate();
  }

  /** Cuts it, and waits until it is back. */
  async cutAndBack(how: 'close' | 'terminate'): Promise<void> {
    const before = this.connects.length;
    this.cut(how);
    await this.connected(before + 1);
  }

  /** Cuts it, and keeps it from coming back before the work is done. */
  async whileAway(work: () => Promise<void>): Promise<void> {
    const before = this.connects.length;
    this.#socket.io.reconnection(false);
    this.cut('terminate');
    await until('that it is away', () => !this.#socket.connected || undefined);
    await work();
    this.#socket.io.reconnection(true);
    this.#socket.connect();
    await this.connected(before + 1);
  }

  /** Leaves the namespace, with `41`, and its connection; it does not come back by itself. */
  async disconnect(): Promise<void> {
    // The oldest client that connects again before this one is over gives up at the next cut.
    const over = new Promise<void>((resolve) => {
      this.#socket.io.engine.on('close', () => resolve());
    });
    this.#socket.disconnect();
    await over;
  }

  connect(): void {
    this.#socket.connect();
  }

  close(): void {
    this.#socket.disconnect();
  }

  #listen(rejoins: boolean): void {
    const socket = this.#socket;
    let isAway = false;
    socket.on('disconnect', () => {
      isAway = true;
    });
    socket.on('connect', () => {
      isAway = false;
      const recovered = socket.recovered === true;
      this.connects.push({ sid: socket.id ?? '', recovered });
      if (!recovered && rejoins && this.connects.length > 1) this.#rejoined = this.#rejoin();
      // Whoever waits for it hears what went wrong.
      this.#rejoined.catch(() => undefined);
    });
    socket.on('connect_error', (error: Error & { data?: unknown }) =>
      this.errors.push({ message: error.message, data: error.data }),
    );
    socket.on('disconnect', (reason: string) => this.drops.push(reason));
    socket.io.on('open', () => {
      // The oldest client's manager does not speak of pings.
      socket.io.engine.on('packet', ({ type }: { type: string }) => {
        if (type === 'ping') this.pings += 1;
      });
      if (this.#isUnsure) void this.#watchConnect();
    });
    socket.onAny((name, payload, ...rest) =>
      this.#take({ name, payload: payload as MeshPayload, rest, ...(isAway && { isLate: true }) }),
    );
  }

  #take(event: MeshEvent): void {
    const { ids = {}, id } = event.payload;
    for (const [room, cursor] of Object.entries(ids)) if (this.rooms.has(room)) this.rooms.set(room, cursor);
    const known = [id, ...Object.values(ids)];
    if (this.#mayRepeat && known.some((one) => this.#seen.has(one))) return;
    for (const one of known) this.#seen.add(one);
    this.events.push(event);
  }

  /** What is published while a plain client joins again may come with what it missed, and live as well. */
  get #mayRepeat(): boolean {
    return !this.#recovers && (this.#dropsRepeats || this.connects.length > 1);
  }

  async #rejoin(): Promise<void> {
    for (const [room, after] of [...this.rooms]) {
      const answer = await this.join({ room, after });
      if (!answer.ok) throw new Error(`${room} was not joined again: ${JSON.stringify(answer)}`);
    }
  }

  /** The answer to its CONNECT can get lost where the cloud is unsure; the client itself would wait for hours. */
  async #watchConnect(): Promise<void> {
    const opened = this.connects.length;
    const refused = this.errors.length;
    await sleep(PATIENCE_MS);
    if (this.connects.length === opened && this.errors.length === refused) this.cut('close');
  }
}
