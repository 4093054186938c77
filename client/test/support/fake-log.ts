/** The log of one channel as the relay keeps it: numbers given out, then filled with an event or found to be void. */

import type { RelayEvent } from '../../src/frames.ts';

type Slot = 'pending' | 'void' | 'event';

export class FakeLog {
  /** Of every numbering that there was: what each number became. Index 0 is number 1. */
  readonly history = new Map<string, Slot[]>();
  epoch = 'e1';
  /** Numbers up to here are no longer kept. */
  floor = 0;

  constructor() {
    this.history.set(this.epoch, []);
  }

  #slots(epoch = this.epoch): Slot[] {
    return this.history.get(epoch) ?? [];
  }

  /** The highest number given out. */
  get given(): number {
    return this.#slots().length;
  }

  /** Up to here a reader may go: every number is an event or void. */
  get settled(): number {
    const pending = this.#slots().indexOf('pending');
    return pending < 0 ? this.given : pending;
  }

  give(): { epoch: string; seq: number } {
    return { epoch: this.epoch, seq: this.#slots().push('pending') };
  }

  fill(at: { epoch: string; seq: number }, as: 'event' | 'void'): void {
    this.#slots(at.epoch)[at.seq - 1] = as;
  }

  /** Forgets all but the last `keep` numbers that are settled. */
  expire(keep: number): void {
    this.floor = Math.max(this.floor, this.settled - keep);
  }

  /** Begins a new numbering: everything before is forgotten. */
  renumber(): void {
    const slots = this.#slots();
    for (const [index, slot] of slots.entries()) if (slot === 'pending') slots[index] = 'void';
    this.epoch = `e${this.history.size + 1}`;
    this.history.set(this.epoch, []);
    this.floor = 0;
  }

  reachesBackTo(at: { epoch: string; seq: number }): boolean {
    return at.epoch === this.epoch && at.seq >= this.floor;
  }

  cursor(seq: number): string {
    return `${this.epoch}.${seq}`;
  }

  /** The events in (after, upTo]. */
  read(after: number, upTo: number): RelayEvent[] {
    return this.#slots().flatMap((slot, index) => {
      const seq = index + 1;
      return slot === 'event' && seq > after && seq <= upTo ? [{ id: this.cursor(seq), seq }] : [];
    });
  }
}
