/** A client in a page, and the way of all of them: events all the time, and one disconnect after the other. */
import { expect } from 'vitest';
import type { TwinCloud } from '../support/cloud.ts';
import { Front, type Page } from '../support/front.ts';
import { type Post, SteadySender } from '../support/steady-sender.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne } from '../support/webhook.ts';
import type { BrowserPage, Chromium } from './chromium.ts';
import { hangUp } from './hang-up.ts';

/** What every page keeps under `seen`. */
interface Seen {
  /** Ids of the events, in the order in which they came. */
  readonly ids: readonly string[];
  /** How often it has been connected. */
  readonly opened: number;
}

/** Ends the connection that the client has; how many connections it ended. */
export type Interruption = (journey: Journey) => Promise<number> | number;

export const cut: Interruption = ({ front }) => front.cut();
export const hungUpByTheRelay: Interruption = ({ twin, tenant }) => hangUp(twin, tenant);
export const threeSecondsAway: Interruption = ({ front }) => front.away(3_000);

/** Who posts what the page hears; asked once the page is connected. */
type PosterOf = (journey: Journey) => Promise<Post> | Post;

export class Journey {
  readonly tenant = newTenant();
  readonly twin: TwinCloud['twin'];
  readonly front: Front;
  readonly #cloud: TwinCloud;
  #post: Post = (n) => publishOne(this.#cloud, progress(this.tenant, { n }));
  #page: BrowserPage | undefined;

  /** The page is opened on an origin of its own. Without `posterOf` live events of the journey's tenant are posted. */
  static async start(
    cloud: TwinCloud,
    browser: Chromium,
    pages: Record<string, Page>,
    path: string,
    posterOf?: PosterOf,
  ): Promise<Journey> {
    const journey = new Journey(cloud, await Front.start(cloud.twin.url, pages));
    const url = new URL(path, journey.front.url);
    url.searchParams.set('tenant', journey.tenant);
    journey.#page = await browser.open(url.href);
    await journey.opened(1);
    if (posterOf) journey.#post = await posterOf(journey);
    return journey;
  }

  private constructor(cloud: TwinCloud, front: Front) {
    this.#cloud = cloud;
    this.twin = cloud.twin;
    this.front = front;
  }

  get page(): BrowserPage {
    if (!this.#page) throw new Error('the journey has not begun');
    return this.#page;
  }

  async seen<T>(): Promise<Seen & T> {
    return this.page.value<Seen & T>('window.seen');
  }

  /** Waits until the client has been connected so many times. */
  async opened(times: number, timeoutMs = 30_000): Promise<void> {
    const look = () => this.page.value<boolean>(`window.seen?.opened >= ${times}`);
    await until(`connected ${times} times`, async () => (await look()) || undefined, timeoutMs);
  }

  /**
   * Posts throughout, interrupts whenever the client has caught up, and waits until it is back; the ids of all that was
   * posted.
   */
  async through(interruptions: Record<string, Interruption>): Promise<readonly string[]> {
    const sender = new SteadySender(this.#post);
    for (const [name, interrupt] of Object.entries(interruptions)) {
      await this.#catchesUp(sender, name);
      const { opened } = await this.seen();
      const ended = await interrupt(this);
      expect(ended, name).not.toBe(0);
      await this.opened(opened + 1);
    }
    await this.#catchesUp(sender, 'the end');
    const ids = await sender.stop();
    await this.heard(ids.at(-1) ?? '');
    return ids;
  }

  /** Waits until it has heard this one. */
  async heard(id: string): Promise<void> {
    await until(`the event ${id}`, async () => (await this.seen()).ids.includes(id) || undefined, 30_000);
  }

  /** Waits for some events more, and for all that had been posted when they came. */
  async #catchesUp({ ids }: SteadySender, before: string): Promise<void> {
    const { length } = ids;
    await until(`three posts before ${before}`, () => ids.length >= length + 3 || undefined, 30_000);
    const posted = [...ids];
    const look = async () => {
      const heard = new Set((await this.seen()).ids);
      return posted.every((id) => heard.has(id));
    };
    await until(`${posted.length} events before ${before}`, async () => (await look()) || undefined, 30_000);
  }

  /** The page threw nothing. */
  async end(): Promise<void> {
    await this.front.close();
    expect(this.page.errors).toEqual([]);
  }
}
