/** A sender that posts one event after the other until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { progress, publishOne } from './webhook.ts';

const PAUSE_MS = 60;

export class SteadySender {
  /** Ids of what was accepted, in the order of the posts. */
  readonly ids: string[] = [];
  #isStopped = false;
  readonly #done: Promise<void>;

  constructor(target: Parameters<typeof publishOne>[0], tenant: string) {
    this.#done = this.#post(target, tenant);
    // Whoever stops it hears what went wrong.
    this.#done.catch(() => undefined);
  }

  /** All the ids there will ever be. */
  async stop(): Promise<readonly string[]> {
    this.#isStopped = true;
    await this.#done;
    return this.ids;
  }

  async #post(target: Parameters<typeof publishOne>[0], tenant: string): Promise<void> {
    while (!this.#isStopped) {
      this.ids.push(await publishOne(target, progress(tenant, { n: this.ids.length })));
      await sleep(PAUSE_MS);
    }
  }
}
