/** Publishers, clients that recover and the minute's pass in one world, where all of them and the lines between them fail. */
import { departed } from '../../../../shared/core/departure.ts';
import { sweep } from '../../../../shared/core/sweep.ts';
import type { RoomEvent } from '../../../../shared/rooms/event.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import { type Caller, Interleaving } from '../../../support/interleaving.ts';
import { Crash, memoryWorld, stepUnder } from '../../../support/memory-world.ts';
import { roomEvent, roomsOn, says } from '../../../support/rooms.ts';
import { FaultyLines } from './faulty-lines.ts';
import { RecoveringClient } from './recovering-client.ts';

type Relay = ReturnType<typeof roomsOn>;

interface Process {
  readonly caller: Caller;
  readonly relay: Relay;
}

/** How often it goes wrong, [0, 1]. */
export interface Faults {
  /** A caller dies. */
  readonly crashes: number;
  /** A post or a close fails. */
  readonly posts: number;
  /** Time passes while somebody could go on. */
  readonly haste: number;
}

const CHANNELS = [['project:1', 'project:2'], ['batch:1'], ['job:1', 'job:2']] as const;
/** Calls within which a caller dies that does. */
const CALLS = 40;

export class RecoveryModel {
  readonly world = memoryWorld();
  readonly clients: RecoveringClient[] = [];
  /** The events whose publish was answered. */
  readonly published: RoomEvent[] = [];
  publishers = 0;
  /** How many its clients have opened. */
  sockets = 0;
  readonly #random: () => number;
  readonly #lines: FaultyLines;
  readonly #interleaving: Interleaving;
  /** What each socket's handshake asked for. */
  readonly #asked = new Map<string, readonly string[]>();
  #crashes: number;
  #isHealed = false;
  #events = 0;

  constructor(random: () => number, faults: Faults) {
    this.#random = random;
    this.#crashes = faults.crashes;
    this.#lines = new FaultyLines(random, faults.posts);
    this.#interleaving = new Interleaving(random, this.world.clock, faults.haste);
    this.#interleaving.begin(this.#sweepOn());
  }

  /** From here on nothing goes wrong that has not gone wrong already. */
  heal(): void {
    this.#isHealed = true;
    this.#crashes = 0;
    this.#lines.faults = 0;
  }

  run(isOver: () => boolean, most: number): Promise<void> {
    return this.#interleaving.run(isOver, most);
  }

  client(wanted: readonly string[], inHandshake: readonly string[]): RecoveringClient {
    const client = new RecoveringClient(
      {
        open: (listener, asked) => {
          this.sockets += 1;
          const id = `socket-${this.sockets}`;
          this.#asked.set(id, asked);
          this.#lines.open(id, listener);
          return id;
        },
        send: (connection, text) => this.#interleaving.begin(this.#hear(connection, text)),
        sleep: (ms) => this.#interleaving.sleep(ms),
        random: this.#random,
        begin: (work) => this.#interleaving.begin(work),
        head: async (channel) => (await this.world.log.head(channel))?.seq ?? 0,
      },
      wanted,
      inHandshake,
    );
    this.clients.push(client);
    return client;
  }

  /** Publishes one list after another, in one process as long as that lives; a named list is sent again until it is answered. */
  publisher(lists: number): void {
    this.publishers += 1;
    this.#interleaving.begin(this.#publish(lists));
  }

  /** An event that reaches these channels, from a publisher that does not fail. */
  flush(channels: readonly string[]): void {
    const event = this.#event(channels, undefined);
    const { relay } = this.#process(false);
    this.#interleaving.begin(
      publishToRooms(relay, [event]).then(() => {
        this.published.push(event);
      }),
    );
  }

  /** After so many turns of others at the most, or so long. */
  later(turns: number, ms: number, act: () => void): void {
    this.#interleaving.begin(this.#interleaving.pause(turns, ms).then(act));
  }

  /** The same, unless all is well by then. */
  whileIll(turns: number, ms: number, act: () => void): void {
    this.later(turns, ms, () => {
      if (!this.#isHealed) act();
    });
  }

  /** The line breaks; first its client finds out, and then, perhaps, the gateway and `$disconnect`. */
  cut(client: RecoveringClient): void {
    const { connection } = client;
    if (connection === undefined) return;
    this.#lines.cut(connection);
    this.later(40, 3_000, () => client.closed(connection));
    this.later(100, 60_000, () => {
      this.#lines.drop(connection);
      if (this.#random() < 0.5) this.#begin(({ relay }) => departed(relay, connection));
    });
  }

  async #hear(connection: string, text: string): Promise<void> {
    // What `$connect` wrote before the client could say anything.
    if (text.startsWith('40')) {
      await this.world.rooms.put({
        id: connection,
        at: this.world.clock.now(),
        asked: this.#asked.get(connection) ?? [],
      });
    }
    await this.#invoke(({ relay }) => says(relay, connection, text));
  }

  async #publish(lists: number): Promise<void> {
    let process = this.#process();
    for (let list = 0; list < lists; list += 1) {
      await this.#interleaving.pause(40, 3_000);
      const isNamed = this.#random() < 0.6;
      const events = Array.from({ length: 1 + this.#below(3) }, () => {
        const channels = CHANNELS.flatMap((kind) => (this.#random() < 0.5 ? [this.#one(kind)] : []));
        return this.#event(channels.length > 0 ? channels : [this.#one(CHANNELS.flat())], isNamed);
      });
      for (let isAnswered = false; !isAnswered; ) {
        const { relay } = process;
        isAnswered = await this.#invoke(() => publishToRooms(relay, events), process);
        if (isAnswered) {
          this.published.push(...events);
        } else {
          process = this.#process();
          if (!isNamed) break;
          await this.#interleaving.pause(10, 4_000);
        }
      }
    }
    this.publishers -= 1;
  }

  async #sweepOn(): Promise<void> {
    for (;;) {
      await this.#interleaving.sleep(60_000);
      await this.#invoke(({ relay }) => sweep(relay, 0, 1));
    }
  }

  #event(channels: readonly string[], isNamed: boolean | undefined): RoomEvent {
    this.#events += 1;
    const n = this.#events;
    return roomEvent('log_line', { n }, channels, isNamed ? `name-${n}` : undefined);
  }

  #process(mayDie = true): Process {
    const dies = mayDie && this.#random() < this.#crashes;
    const caller = this.#interleaving.caller(dies ? 1 + this.#below(CALLS) : undefined);
    const relay = {
      ...roomsOn(this.world.as(caller.hooks)),
      sockets: this.#lines.sockets(stepUnder(caller.hooks)),
      clock: { now: this.world.clock.now, sleep: caller.sleep },
      random: this.#random,
    };
    return { caller, relay };
  }

  #begin(work: (process: Process) => Promise<unknown>): void {
    this.#interleaving.begin(this.#invoke(work).then(() => undefined));
  }

  /** Whether it came to its end: one that died is not heard of again. */
  async #invoke(work: (process: Process) => Promise<unknown>, process = this.#process()): Promise<boolean> {
    try {
      await work(process);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    return !process.caller.isDead();
  }

  #one(list: readonly string[]): string {
    return list[this.#below(list.length)] ?? '';
  }

  #below(n: number): number {
    return Math.floor(this.#random() * n);
  }
}
