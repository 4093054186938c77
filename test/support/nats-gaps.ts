/** Times in which the bridge heard nothing, as it has logged them, and what an engine sent outside of them. */
import { expect } from 'vitest';
import { PATIENCE_MS } from './arena-clients.ts';
import type { ArenaEngine } from './arena-engine.ts';
import type { Cloud } from './cloud.ts';
import { until } from './until.ts';

/** Milliseconds since 1970. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A message that the server has, and between which two moments it got it. */
export interface Sent {
  readonly n: number;
  readonly from: number;
  readonly to: number;
}

/** Every gap so far, in the order of the log. */
export function gapsOf(cloud: Cloud): readonly Gap[] {
  const lines = (cloud.printed?.() ?? []).filter((line) => line.startsWith('{') && line.includes('nats_gap'));
  return lines.map((line) => {
    const { message, from, to } = JSON.parse(line);
    expect(message, line).toBe('nats_gap');
    for (const moment of [from, to]) expect(new Date(moment).toISOString(), line).toBe(moment);
    return { from: Date.parse(from), to: Date.parse(to) };
  });
}

/** The gaps, once there are more than so many. */
export function moreGaps(cloud: Cloud, before: number): Promise<readonly Gap[]> {
  return until(
    'a line nats_gap',
    () => {
      const gaps = gapsOf(cloud);
      return gaps.length > before ? gaps : undefined;
    },
    PATIENCE_MS,
  );
}

/** Those of which nobody may say that they fell into a gap. */
export function outside(gaps: readonly Gap[], sent: readonly Sent[]): readonly number[] {
  const isInside = ({ from, to }: Sent) => gaps.some((gap) => gap.from <= to && from <= gap.to);
  return sent.filter((message) => !isInside(message)).map(({ n }) => n);
}

/** An engine that goes on and on, a message every few milliseconds, with its number as data. */
export class SteadyEngine {
  readonly sent: Sent[] = [];
  readonly #engine: ArenaEngine;
  readonly #session: string;
  #isStopped = false;
  readonly #ended: Promise<void>;

  constructor(engine: ArenaEngine, session: string) {
    this.#engine = engine;
    this.#session = session;
    this.#ended = this.#run();
  }

  /** Waits until so many more have been taken. */
  async more(count: number): Promise<void> {
    const before = this.sent.length;
    await until(
      `${count} more messages`,
      () => (this.sent.length >= before + count ? true : undefined),
      60_000,
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#isStopped; n += 1) {
      const from = Date.now();
      // What is not confirmed may have arrived or not; nothing is promised about it.
      const isTaken = await this.#engine.tell(this.#session, 'round.start', n).then(
        () => true,
        () => false,
      );
      if (isTaken) this.sent.push({ n, from, to: Date.now() });
      await new Promise((done) => setTimeout(done, 5));
    }
  }
}
