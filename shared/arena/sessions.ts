/**
 * Publishes messages session by session: those of one session in their order and one publish at a time, what has come
 * meanwhile as the next one; sessions side by side.
 */
import type { Batch, NewEvent } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { messageEvent } from './event.ts';
import type { Message } from './ports.ts';
import { arenaChannel, readSubject } from './subject.ts';

/** Sessions that are published to at one time. With names, each publish makes up to 32 calls at once over one client's 50 sockets. */
const WIDTH = 16;
/**
 * Most events of one publish: its clients get them one after another, and it has to end in time; what has a name costs two
 * calls, all of them again after a crash.
 */
const MOST_EVENTS = 50;

interface Waiting {
  readonly event: NewEvent;
  readonly number: number;
  readonly bytes: number;
  /** One for each time that it came. */
  readonly settled: (() => void)[];
}

export class Sessions {
  readonly #publish: (batch: Batch) => Promise<void>;
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #running = new Map<string, Promise<void>>();
  /** Numbers of what was taken and is not published, in their order: a set keeps that of its insertions. */
  readonly #open = new Set<number>();
  /** What has a name and is not published yet: it may come again meanwhile, behind newer ones. */
  readonly #named = new Map<string, Waiting>();
  readonly #watches = new Set<{ readonly upTo: number; resolve(isPublished: boolean): void }>();
  #taken = 0;
  #bytes = 0;
  #isAbandoned = false;

  /** `publish` fails only when it must not go on. */
  constructor(publish: (batch: Batch) => Promise<void>) {
    this.#publish = publish;
  }

  take(message: Message): void {
    const found = readSubject(message.subject);
    if (!found) message.settled();
    if (!found || this.#isAbandoned) return;
    const settled = () => message.settled();
    const { name } = message;
    const known = name === undefined ? undefined : this.#named.get(name);
    if (known) {
      known.settled.push(settled);
      return;
    }
    const json = messageEvent(found.suffix, message.payload);
    const event = name === undefined ? { json } : { json, name };
    this.#taken += 1;
    this.#open.add(this.#taken);
    const waiting = this.#waiting.get(found.session) ?? [];
    this.#waiting.set(found.session, waiting);
    const taken = { event, number: this.#taken, bytes: json.length, settled: [settled] };
    if (name !== undefined) this.#named.set(name, taken);
    this.#bytes += taken.bytes;
    waiting.push(taken);
    this.#goOn();
  }

  /** Resolves with true once all that has been taken so far is published; with false once that will not be. */
  settled(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#watches.add({ upTo: this.#taken, resolve });
      this.#tell();
    });
  }

  /** About how many bytes wait, or are being published. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Begins no further publish; resolves when those that had begun have ended. */
  async abandon(): Promise<void> {
    this.#giveUp();
    await Promise.all(this.#running.values());
  }

  /** Nothing is published any more. */
  get isAbandoned(): boolean {
    return this.#isAbandoned;
  }

  #giveUp(): void {
    this.#isAbandoned = true;
    this.#waiting.clear();
    this.#tell();
  }

  #goOn(): void {
    for (const [session, waiting] of this.#waiting) {
      if (this.#running.size >= WIDTH) return;
      if (this.#running.has(session)) continue;
      const burst = takeBurst(waiting);
      // What is left goes behind the sessions that have waited meanwhile.
      this.#waiting.delete(session);
      if (waiting.length > 0) this.#waiting.set(session, waiting);
      this.#running.set(session, this.#run(session, burst));
    }
  }

  async #run(session: string, burst: readonly Waiting[]): Promise<void> {
    const isPublished = await this.#publish({
      channel: arenaChannel(session),
      events: burst.map(({ event }) => event),
    }).then(
      () => true,
      // Whoever refused to go on has said why; what is not settled is not lost, but another's to publish or to note.
      () => false,
    );
    if (!isPublished) this.#giveUp();
    for (const { number, event, bytes, settled } of isPublished ? burst : []) {
      this.#open.delete(number);
      if (event.name !== undefined) this.#named.delete(event.name);
      this.#bytes -= bytes;
      for (const tell of settled) tell();
    }
    this.#running.delete(session);
    this.#tell();
    this.#goOn();
  }

  #tell(): void {
    const [oldest = Number.POSITIVE_INFINITY] = this.#open;
    const isOver = this.#isAbandoned && this.#running.size === 0;
    for (const watch of this.#watches) {
      const isPublished = watch.upTo < oldest;
      if (!isPublished && !isOver) continue;
      this.#watches.delete(watch);
      watch.resolve(isPublished);
    }
  }
}

/** What goes into one publish, and into one item of the log: the first ones, at least one. */
function takeBurst(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  let count = 0;
  for (const { event } of waiting) {
    bytes += Buffer.byteLength(event.json);
    if (count > 0 && (bytes > limits.slotBytes || count === MOST_EVENTS)) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
