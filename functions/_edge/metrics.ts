/**
 * Metrics in the embedded metric format: properties of a log line that CloudWatch reads as metrics. A line that is written
 * anyway becomes a measurement by them, and nothing has to be called, waited for or permitted.
 *
 * Platform rules: every byte of a log is paid for, so a publish writes one line and leaves out what is zero. The values
 * stand at the root of the line; a directive there names them, their unit and their dimensions.
 */
import { systemClock } from '../../shared/adapters/system-clock.ts';
import type { Counted, Meter } from '../../shared/core/ports.ts';
import { type MetricName, metricNamespace, metrics } from '../../shared/metrics.ts';

export type Figures = Partial<Readonly<Record<MetricName, number>>>;

/** The figures with the directive that makes metrics of them. Those by surface take the line's property `surface`. */
export function measured(figures: Figures): Readonly<Record<string, unknown>> {
  const bySet = new Map<string, MetricName[]>();
  for (const name of Object.keys(figures) as MetricName[]) {
    const set = metrics[name].dimensions.join();
    bySet.set(set, [...(bySet.get(set) ?? []), name]);
  }
  const directives = [...bySet].map(([set, names]) => ({
    Namespace: metricNamespace,
    Dimensions: [set.split(',')],
    Metrics: names.map((name) => ({ Name: name, Unit: metrics[name].unit })),
  }));
  return { ...figures, _aws: { Timestamp: systemClock.now(), CloudWatchMetrics: directives } };
}

export function withoutZeros(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== 0));
}

/** The figures of one invocation. */
export class Tally implements Meter {
  readonly #counts = new Map<Counted, number>();
  #slowestMs: number | undefined;

  count(what: Counted, by = 1): void {
    if (by > 0) this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  deliveryMs(ms: number): void {
    this.#slowestMs = Math.max(this.#slowestMs ?? 0, ms);
  }

  /** Nothing was counted, so there is nothing to say. */
  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  /** What is not zero; a publish to several channels took as long as the slowest. */
  get figures(): Figures {
    const slowest = this.#slowestMs === undefined ? {} : { delivery_ms: this.#slowestMs };
    return { ...(Object.fromEntries(this.#counts) as Figures), ...slowest };
  }
}
