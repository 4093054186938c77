/** Requests as fast as they go, from an address of this machine, until the relay has refused enough of them. */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectDocumented, expectDocumentedHead } from './documented.ts';
import type { Answer } from './webhook.ts';

const AT_ONCE = 100;
const ENOUGH_REFUSED = 60;
const PATIENCE_MS = 45_000;
const TOO_MANY = 429;

export interface FloodRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request from one of this machine's addresses, such as 127.0.0.2. A stream that opens is left at once. */
export function requestFrom(localAddress: string, about: FloodRequest, agent?: Agent): Promise<Answer> {
  const { url, method, headers, body } = about;
  const asked = { method, path: new URL(url).pathname };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, localAddress, ...(agent && { agent }) }, (response) => {
      const status = response.statusCode ?? 0;
      const answered = new Headers();
      for (const [name, value] of Object.entries(response.headers)) answered.set(name, String(value));
      if (answered.get('content-type') === 'text/event-stream') {
        response.destroy();
        expectDocumentedHead(asked, { status, headers: answered });
        resolve({ status, headers: answered, text: '' });
      } else {
        text(response)
          .then((content) => {
            const answer = { status, headers: answered, text: content };
            expectDocumented(asked, answer);
            resolve(answer);
          })
          .catch(reject);
      }
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

export class Flood {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  readonly #address: string;
  readonly #next: (n: number) => FloodRequest;
  readonly #begun = Date.now();
  readonly #senders: Promise<unknown>;
  #sent = 0;
  #isStopped = false;
  #broken: unknown;
  /** What the limit let through, whatever it was answered then. */
  readonly passed: Answer[] = [];
  readonly refused: Answer[] = [];
  /** What was answered with 5xx. */
  readonly failed: Answer[] = [];

  /** `next` makes the request of this number. */
  constructor(address: string, next: (n: number) => FloodRequest) {
    this.#address = address;
    this.#next = next;
    this.#senders = Promise.all(Array.from({ length: AT_ONCE }, () => this.#send()));
    this.#senders.catch((error: unknown) => {
      this.#broken = error;
    });
  }

  /** Waits until enough were refused; fails when the relay lets everything through for too long. */
  async refusing(): Promise<void> {
    while (this.refused.length < ENOUGH_REFUSED) {
      if (this.#broken !== undefined) throw this.#broken;
      if (Date.now() - this.#begun > PATIENCE_MS) {
        const [{ length: passed }, { length: refused }] = [this.passed, this.refused];
        throw new Error(`${passed} let through and ${refused} refused within ${PATIENCE_MS} ms`);
      }
      await sleep(20);
    }
  }

  /** Seconds from before the first request until after the last answer. */
  async stop(): Promise<number> {
    this.#isStopped = true;
    try {
      await this.#senders;
    } finally {
      this.#agent.destroy();
    }
    return (Date.now() - this.#begun) / 1_000;
  }

  async #send(): Promise<void> {
    while (!this.#isStopped) {
      const about = this.#next(this.#sent);
      this.#sent += 1;
      const answer = await requestFrom(this.#address, about, this.#agent);
      this.#listFor(answer.status).push(answer);
    }
  }

  #listFor(status: number): Answer[] {
    if (status === TOO_MANY) return this.refused;
    return status >= 500 ? this.failed : this.passed;
  }
}
