/** How far a stream has been published without a hole, while its messages are published side by side. */
import type { StreamPosition } from '../../arena/ports.ts';

export class StreamProgress {
  readonly #stream: string;
  /** Given out and not published, in their order: a set keeps that of its insertions. */
  readonly #open = new Set<number>();
  #last: number;

  /** `start`: the last one that is published, or passed over; 0 for none. */
  constructor(stream: string, start: number) {
    this.#stream = stream;
    this.#last = start;
  }

  given(seq: number): void {
    // One that comes again has been given before: it is waited for, or done.
    if (seq <= this.#last) return;
    this.#last = seq;
    this.#open.add(seq);
  }

  settled(seq: number): void {
    this.#open.delete(seq);
  }

  get position(): StreamPosition {
    const [oldest] = this.#open;
    return { stream: this.#stream, seq: oldest === undefined ? this.#last : oldest - 1 };
  }
}
