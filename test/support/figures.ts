/** A meter that shows what it was given. */
import type { Counted, Meter } from '../../shared/core/ports.ts';

export class Figures implements Meter {
  readonly counted: Partial<Record<Counted, number>> = {};
  readonly deliveries: number[] = [];

  count(what: Counted, by = 1): void {
    if (by !== 0) this.counted[what] = (this.counted[what] ?? 0) + by;
  }

  deliveryMs(ms: number): void {
    this.deliveries.push(ms);
  }
}
