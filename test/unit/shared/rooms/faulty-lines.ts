/** The lines between the gateway and its clients, and how they fail: what a post is answered need not be what became of it. */
import type { PostResult, Sockets } from '../../../../shared/core/ports.ts';
import type { Step } from '../../../support/memory-rooms.ts';

export interface Listener {
  heard(connection: string, frame: string): void;
  closed(connection: string): void;
}

interface Line {
  readonly listener: Listener;
  /** As the gateway sees it. */
  isOpen: boolean;
  /** What is posted still reaches the client. */
  isWhole: boolean;
}

export class FaultyLines {
  readonly #random: () => number;
  readonly #lines = new Map<string, Line>();
  /** [0, 1]: how often a post or a close goes wrong. */
  faults: number;

  constructor(random: () => number, faults: number) {
    this.#random = random;
    this.faults = faults;
  }

  open(id: string, listener: Listener): void {
    this.#lines.set(id, { listener, isOpen: true, isWhole: true });
  }

  /** From here on nothing arrives; the gateway does not know. */
  cut(id: string): void {
    const line = this.#lines.get(id);
    if (line) line.isWhole = false;
  }

  /** The gateway has found out that nobody is there. */
  drop(id: string): void {
    const line = this.#lines.get(id);
    if (line) line.isOpen = false;
  }

  sockets(step: Step): Sockets {
    return {
      post: (id, frame) => step('post', () => this.#post(id, frame)),
      isOpen: (id) => step('isOpen', () => (this.#lines.get(id)?.isOpen ? 'open' : 'gone')),
      close: (id) =>
        step('close', () => {
          const line = this.#lines.get(id);
          if (!line?.isOpen) return 'gone';
          if (this.#isFault()) return 'failed';
          line.isOpen = false;
          if (line.isWhole) line.listener.closed(id);
          return 'closed';
        }),
    };
  }

  #post(id: string, frame: string): PostResult {
    const line = this.#lines.get(id);
    if (!line?.isOpen) return 'gone';
    const fault = this.#isFault() ? Math.floor(this.#random() * 4) : undefined;
    if (fault === 0) return 'busy';
    if (fault === 1) return 'failed';
    if (fault === 2) {
      line.isOpen = false;
      if (line.isWhole) line.listener.closed(id);
      return 'gone';
    }
    if (line.isWhole) line.listener.heard(id, frame);
    return fault === 3 ? 'failed' : 'sent';
  }

  #isFault(): boolean {
    return this.#random() < this.faults;
  }
}
