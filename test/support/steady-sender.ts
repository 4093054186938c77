/** A sender that posts one event after the other until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 60;

/** Posts the event of this number, which must be accepted; the id by which clients know it. */
export type Post = (n: number) => Promise<string>;

export class SteadySender {
  /** Ids of what was accepted, in the order of the posts. */
  readonly ids: string[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(post: Post) {
    this.#done = this.#send(post);
    // Whoever stops it hears what went wrong.
    this.#done.catch(() => undefined);
  }

  /** All the ids there will ever be. */
  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    await this.#done;
    return this.ids;
  }

  async #send(post: Post): Promise<void> {
    while (!this.#isStopped) {
      this.ids.push(await post(this.ids.length));
      await sleep(PAUSE_MS);
    }
  }
}
