/** Where the fake news of one game comes in and waits for its round. */

/** What comes beyond this before a round asks for it is dropped. */
const MOST_WAITING = 100;

export class NewsDesk {
  readonly #waiting: string[] = [];
  #reader: ((news: string) => void) | undefined;

  /** For the round that waits, else for the next one that asks. */
  take(news: string): void {
    if (this.#reader) this.#reader(news);
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(news);
  }

  /** The oldest that has not been read; `undefined` where none came for so long. */
  next(patienceMs: number): Promise<string | undefined> {
    const ready = this.#waiting.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve) => {
      const done = (news?: string): void => {
        clearTimeout(timer);
        this.#reader = undefined;
        resolve(news);
      };
      const timer = setTimeout(done, patienceMs);
      this.#reader = done;
    });
  }
}
