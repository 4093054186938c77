/**
 * NATS in memory, for the bridge: what is published takes its time to whoever listens, in order on each connection, and is
 * lost with the connection. A stream keeps its messages, and how far they were acknowledged.
 */
import { StreamProgress } from '../../shared/adapters/nats/stream-progress.ts';
import type { Broker, Link, Message, Source } from '../../shared/arena/ports.ts';

export interface BrokerWorld {
  /** What it takes to the bridge, in steps of a scheduler. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly begin: (work: Promise<void>) => void;
  readonly random: () => number;
}

interface Kept {
  readonly subject: string;
  readonly payload: Uint8Array;
}

interface Line {
  isOpen: boolean;
  /** What is on its way. */
  readonly inbox: (() => void)[];
  isBusy: boolean;
  close(): void;
  listener: ((message: Kept, seq: number) => void) | undefined;
}

/** Longest way of a message, milliseconds. */
const WAY_MS = 40;

export class MemoryBroker {
  /** Takes nobody while it is so. */
  isAway = false;
  /** How often somebody tried to connect. */
  attempts = 0;
  readonly #kind: Source['kind'];
  readonly #world: BrokerWorld;
  readonly #lines = new Set<Line>();
  readonly #kept: Kept[] = [];
  readonly #acknowledged = new Set<number>();

  constructor(kind: Source['kind'], world: BrokerWorld) {
    this.#kind = kind;
    this.#world = world;
  }

  publish(subject: string, payload: Uint8Array): void {
    const seq = this.#kept.push({ subject, payload });
    for (const { listener } of this.#lines) listener?.({ subject, payload }, seq);
  }

  /** Breaks every connection; what is on its way is lost. */
  breakLines(): void {
    for (const line of [...this.#lines]) line.close();
  }

  /** The broker as one process meets it. `call`: each call of a port goes through it. */
  seenBy(
    call: <Result>(name: string, effect: () => Result) => Promise<Result>,
    isDead: () => boolean,
  ): Broker {
    return {
      connect: () =>
        call('connect', () => {
          this.attempts += 1;
          if (this.isAway) throw new Error('no server takes us');
          return this.#link(call, isDead);
        }),
    };
  }

  #link(call: <Result>(name: string, effect: () => Result) => Promise<Result>, isDead: () => boolean): Link {
    let isClosed = (): void => undefined;
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const line: Line = {
      isOpen: true,
      inbox: [],
      isBusy: false,
      listener: undefined,
      close: () => {
        line.isOpen = false;
        line.listener = undefined;
        this.#lines.delete(line);
        isClosed();
      },
    };
    this.#lines.add(line);
    const roundTrip = async (): Promise<boolean> => {
      if (!line.isOpen) return false;
      const answered = new Promise<boolean>((resolve) => this.#send(line, isDead, () => resolve(true)));
      return Promise.race([answered, closed.then(() => false)]);
    };
    return {
      closed,
      isAlive: async () => (await call('isAlive', () => line.isOpen)) && roundTrip(),
      subscribe: async (take, { after }) => {
        const source = await call('subscribe', () => this.#subscribe(line, take, isDead, after?.seq ?? 0));
        if (!(await roundTrip())) throw new Error('the connection has gone');
        return {
          ...source,
          answerProbes: () => undefined,
          drain: async () => {
            line.listener = undefined;
            await roundTrip();
          },
        };
      },
      close: async () => line.close(),
    };
  }

  #subscribe(
    line: Line,
    take: (message: Message) => void,
    isDead: () => boolean,
    done: number,
  ): Pick<Source, 'kind' | 'position'> {
    if (!line.isOpen) throw new Error('the connection has gone');
    if (this.#kind === 'core') {
      line.listener = (message) =>
        this.#send(line, isDead, () => take({ ...message, settled: () => undefined }));
      return { kind: 'core', position: () => undefined };
    }
    let floor = done;
    while (this.#acknowledged.has(floor + 1)) floor += 1;
    const progress = new StreamProgress('ARENA:1', floor);
    const give = (message: Kept, seq: number) =>
      this.#send(line, isDead, () => {
        progress.given(seq);
        const settled = () => {
          progress.settled(seq);
          if (line.isOpen) this.#acknowledged.add(seq);
        };
        take({ ...message, name: `nats:ARENA:1:${seq}`, settled });
      });
    for (const [index, message] of this.#kept.entries()) if (index >= floor) give(message, index + 1);
    line.listener = give;
    return { kind: 'stream', position: () => progress.position };
  }

  #send(line: Line, isDead: () => boolean, arrive: () => void): void {
    line.inbox.push(arrive);
    if (line.isBusy) return;
    line.isBusy = true;
    this.#world.begin(this.#deliver(line, isDead));
  }

  async #deliver(line: Line, isDead: () => boolean): Promise<void> {
    while (line.inbox.length > 0) {
      const arriving = line.inbox.splice(0);
      await this.#world.sleep(this.#world.random() * WAY_MS);
      if (isDead()) line.close();
      for (const arrive of arriving) if (line.isOpen) arrive();
    }
    line.isBusy = false;
  }
}
