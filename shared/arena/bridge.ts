/**
 * The bridge from NATS to the relay: one works, by its lease; the others stand by. It connects for ever, takes the messages of
 * all sessions, publishes them, and notes how far it came. The order of its steps, and what a crash between two of them means:
 *
 *     1 take the lease     it names how far its last holder came
 *     2 subscribe          a stream goes on after what was published; core NATS gives what is published from now on
 *     3 record the outage  core NATS: from the last proof to the confirmed subscription; again where the crash comes before 4
 *     4 renew, and again   with a new proof: what was published on NATS before it is in the log
 *
 * A message that was published and not yet settled comes again after a crash: by its name it is no second event.
 */
import type { Batch } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';
import { type Leadership, LOOK_MS, RENEW_MS } from './leadership.ts';
import type { Broker, Link, Message, Outage, Outages, Progress, Source, StreamPosition } from './ports.ts';
import { Sessions } from './sessions.ts';

/** Waits before the next try to connect, milliseconds: doubled each time, up to the longest. */
const RECONNECT_MS = { shortest: 100, longest: 2_000 };
/** How long a renewal waits for its own proof, milliseconds. */
const PROOF_MS = 200;
/** How long after a renewal failed it is tried again, milliseconds. */
const AGAIN_MS = 500;
/**
 * What may wait to be published, bytes. Core NATS gives messages as fast as they come: one that is too far behind stops listening,
 * which is on record, before its memory is full.
 */
const MOST_WAITING = { stop: 96 * 1_048_576, goOn: 32 * 1_048_576 };

export interface Bridge {
  readonly broker: Broker;
  readonly leadership: Leadership;
  readonly outages: Outages;
  readonly clock: Clock;
  /** Publishes; fails only where the lease is lost. */
  readonly publish: (batch: Batch) => Promise<void>;
  readonly report: Report;
}

/** What the bridge tells of itself. */
export interface Report {
  connected(): void;
  disconnected(error?: unknown): void;
  working(source: Source['kind']): void;
  standing(reason: string): void;
  outage(outage: Outage): void;
  /** A stream of the broker's has messages of sessions and cannot serve. */
  passedOver(stream: string, reason: string): void;
  /** It works, as its lease says again. */
  renewed(): void;
  /** It did not work out, and will be tried again. */
  failed(error: unknown): void;
}

/** Runs until `stop` is aborted, and puts down what it holds. */
export async function runBridge(bridge: Bridge, stop: AbortSignal): Promise<void> {
  const { broker, clock, report } = bridge;
  const terms = new Terms(bridge);
  let pause = RECONNECT_MS.shortest;
  while (!stop.aborted) {
    let link: Link | undefined;
    try {
      link = await broker.connect();
      report.connected();
      await serve(bridge, link, terms, stop);
      pause = RECONNECT_MS.shortest;
      if (stop.aborted) await terms.end();
      else report.disconnected();
    } catch (error) {
      if (link) report.failed(error);
      else report.disconnected(error);
    }
    await link?.close();
    if (stop.aborted) break;
    await sleepUnless(stop, clock, pause);
    pause = Math.min(pause * 2, RECONNECT_MS.longest);
  }
  await terms.end();
}

/** What lasts as long as the lease does, over several connections. */
class Term {
  readonly number: number;
  readonly sessions: Sessions;
  /** All that was published on NATS before has been heard, epoch milliseconds. */
  heardAt: number | undefined;
  source: Source | undefined;
  #provenAt: number | undefined;
  #position: StreamPosition | undefined;

  constructor({ leadership, clock, publish, report }: Bridge) {
    this.number = leadership.term;
    this.sessions = new Sessions(async (batch) => {
      try {
        await publish(batch);
      } catch (error) {
        if (leadership.isHeld) report.failed(error);
        throw error;
      }
    });
    const { provenAt, position } = leadership.progress;
    // The last holder's clock may be ahead of ours; a proof of the future would hide what is lost until then.
    this.#provenAt = provenAt === undefined ? undefined : Math.min(provenAt, clock.now());
    this.heardAt = this.#provenAt;
    this.#position = position;
  }

  /** Everything published on NATS before was taken; resolves once it is in the log, or will not be by us. */
  async prove(at: number): Promise<void> {
    this.heardAt = at;
    if (await this.sessions.settled()) this.#provenAt = Math.max(this.#provenAt ?? at, at);
  }

  progress(): Progress {
    this.#position = this.source?.position() ?? this.#position;
    return { provenAt: this.#provenAt, position: this.#position };
  }
}

/** Works, or stands by, as long as the connection lasts. */
async function serve(bridge: Bridge, link: Link, terms: Terms, stop: AbortSignal): Promise<void> {
  const { leadership, clock, report } = bridge;
  const closed = new AbortController();
  void link.closed.then(() => closed.abort());
  const ended = AbortSignal.any([closed.signal, stop]);
  for (;;) {
    if (await leadership.tryToTake()) {
      if ((await work(bridge, link, await terms.current(), ended, stop)) === 'ended') return;
      report.standing('the lease is lost');
    }
    if ((await sleepUnless(ended, clock, LOOK_MS)) || !(await link.isAlive())) return;
  }
}

/** The term of the lease that is held: what was taken in an earlier one is another's by now. */
class Terms {
  readonly #bridge: Bridge;
  #term: Term | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  async current(): Promise<Term> {
    const before = this.#term;
    if (before?.number === this.#bridge.leadership.term && !before.sessions.isAbandoned) return before;
    // Two publishes of one session at a time could swap.
    await before?.sessions.abandon();
    this.#term = new Term(this.#bridge);
    return this.#term;
  }

  /** Publishes what was taken, and puts the lease down. */
  async end(): Promise<void> {
    const { leadership } = this.#bridge;
    const term = this.#term;
    if (!term || !leadership.isHeld) return;
    if (term.heardAt === undefined) await term.sessions.settled();
    else await term.prove(term.heardAt);
    await leadership.release(term.progress());
  }
}

/** Publishes what comes in until the connection or the lease is lost, or the bridge is to stop. */
async function work(
  bridge: Bridge,
  link: Link,
  term: Term,
  ended: AbortSignal,
  stop: AbortSignal,
): Promise<'ended' | 'lost'> {
  const { leadership, clock, report } = bridge;
  const { sessions, heardAt: from } = term;
  const { provenAt: since, position: after } = term.progress();
  // Where a publish takes longer, it is proven at the next renewal.
  const renew = async (provenAt: number): Promise<boolean> => {
    await Promise.race([term.prove(provenAt), clock.sleep(PROOF_MS)]);
    return renewed();
  };
  const isWorking = () => leadership.isHeld && !sessions.isAbandoned;
  const renewed = async (): Promise<boolean> => {
    for (;;) {
      try {
        // What was refused while the lease had lapsed is not ours any more, though nobody took it meanwhile.
        if (!(await leadership.renew(term.progress())) || sessions.isAbandoned) return false;
        report.renewed();
        return true;
      } catch (error) {
        report.failed(error);
        if (!isWorking()) return false;
      }
      await sleepUnless(stop, clock, AGAIN_MS);
    }
  };
  while (sessions.bytes > MOST_WAITING.goOn) {
    if (await sleepUnless(ended, clock, AGAIN_MS)) return 'ended';
    if (!(await renewed())) return 'lost';
  }
  const begunAt = clock.now();
  const take = (message: Message) => {
    sessions.take(message);
    if (sessions.bytes > MOST_WAITING.stop) void link.close();
  };
  const source = await link.subscribe(take, { after, since });
  term.source = source;
  try {
    if (source.kind === 'core' && from !== undefined) await recordOutage(bridge, { from, to: clock.now() });
    // What was published while the confirmation was on its way may not have come in yet.
    if (!(await renew(begunAt))) return 'lost';
    report.working(source.kind);
    source.answerProbes(isWorking);
    while (!(await sleepUnless(ended, clock, RENEW_MS))) {
      const askedAt = clock.now();
      if (!(await link.isAlive())) return 'ended';
      if (!(await renew(askedAt))) return 'lost';
    }
    const askedAt = clock.now();
    // NATS may be ending as well: then nothing is known of the time since the last proof.
    if (stop.aborted && (await link.isAlive())) term.heardAt = askedAt;
    return 'ended';
  } finally {
    await source.drain();
  }
}

async function recordOutage({ outages, report }: Bridge, outage: Outage): Promise<void> {
  await outages.record(outage);
  report.outage(outage);
}

/** Sleeps so long, or until the signal is aborted, which it tells. A bridge sleeps for months: nothing may stay behind each time. */
async function sleepUnless(signal: AbortSignal, clock: Clock, ms: number): Promise<boolean> {
  if (signal.aborted) return true;
  await new Promise<void>((resolve, reject) => {
    const wake = () => resolve();
    signal.addEventListener('abort', wake, { once: true });
    clock
      .sleep(ms)
      .finally(() => signal.removeEventListener('abort', wake))
      .then(resolve, reject);
  });
  return signal.aborted;
}
