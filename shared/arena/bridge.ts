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
import type { Broker, Link, Outage, Outages, Source, StreamPosition } from './ports.ts';
import { Sessions } from './sessions.ts';

/** Waits before the next try to connect, milliseconds: doubled each time, up to the longest. */
const RECONNECT_MS = { shortest: 100, longest: 2_000 };
/** How long a renewal waits for its own proof, milliseconds. */
const PROOF_MS = 200;

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
      pause = RECONNECT_MS.shortest;
      await serve(bridge, link, terms, stop);
      if (!stop.aborted) report.disconnected();
    } catch (error) {
      if (link) report.failed(error);
      else report.disconnected(error);
    }
    await link?.close();
    if (stop.aborted) return;
    await Promise.race([clock.sleep(pause), aborted(stop)]);
    pause = Math.min(pause * 2, RECONNECT_MS.longest);
  }
}

/** What lasts as long as the lease does, over several connections. */
interface Term {
  readonly sessions: Sessions;
  /** All that was published on NATS before has been heard, epoch milliseconds. */
  heardAt: number | undefined;
  /** And is in the log. */
  provenAt: number | undefined;
  position: StreamPosition | undefined;
}

/** Works, or stands by, as long as the connection lasts. */
async function serve(bridge: Bridge, link: Link, terms: Terms, stop: AbortSignal): Promise<void> {
  const { leadership, clock, report } = bridge;
  const ended = Promise.race([link.closed.then(() => 'closed' as const), aborted(stop)]);
  for (;;) {
    if (await leadership.tryToTake()) {
      if ((await work(bridge, link, await terms.current(), ended, stop)) === 'ended') return;
      report.standing('the lease is lost');
    }
    const next = await Promise.race([clock.sleep(LOOK_MS), ended]);
    if (next !== undefined || !(await link.isAlive())) return;
  }
}

/** The term of the lease that is held: what was taken in an earlier one is another's by now. */
class Terms {
  readonly #bridge: Bridge;
  #term: (Term & { readonly number: number }) | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  async current(): Promise<Term> {
    const { term: number, progress } = this.#bridge.leadership;
    if (this.#term?.number === number) return this.#term;
    // Two publishes of one session at a time could swap.
    await this.#term?.sessions.abandon();
    const { provenAt, position } = progress;
    const sessions = new Sessions(this.#bridge.publish);
    this.#term = { number, sessions, heardAt: provenAt, provenAt, position };
    return this.#term;
  }
}

/** Publishes what comes in until the connection or the lease is lost, or the bridge is to stop. */
async function work(
  bridge: Bridge,
  link: Link,
  term: Term,
  ended: Promise<unknown>,
  stop: AbortSignal,
): Promise<'ended' | 'lost'> {
  const { leadership, clock, report } = bridge;
  const { sessions, heardAt: from, provenAt: since, position: after } = term;
  const source = await link.subscribe((message) => sessions.take(message), { after, since });
  const prove = (at: number) => {
    term.heardAt = at;
    return sessions.settled().then(() => {
      term.provenAt = Math.max(term.provenAt ?? at, at);
    });
  };
  const progress = () => {
    term.position = source.position() ?? term.position;
    return { provenAt: term.provenAt, position: term.position };
  };
  try {
    const to = clock.now();
    if (source.kind === 'core' && from !== undefined) await recordOutage(bridge, { from, to });
    await Promise.race([prove(to), clock.sleep(PROOF_MS)]);
    if (!(await leadership.renew(progress()))) return 'lost';
    report.working(source.kind);
    source.answerProbes();
    while ((await Promise.race([clock.sleep(RENEW_MS), ended])) === undefined) {
      const askedAt = clock.now();
      if (!(await link.isAlive())) return 'ended';
      // Where a publish takes longer, it is proven at the next renewal.
      await Promise.race([prove(askedAt), clock.sleep(PROOF_MS)]);
      if (!(await leadership.renew(progress()))) return 'lost';
    }
    if (!stop.aborted) return 'ended';
    const askedAt = clock.now();
    await source.drain();
    await prove(askedAt);
    await leadership.release(progress());
    return 'ended';
  } finally {
    await source.drain();
  }
}

async function recordOutage({ outages, report }: Bridge, outage: Outage): Promise<void> {
  await outages.record(outage);
  report.outage(outage);
}

/** Resolves when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<'stopped'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    else signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
}
