/** A sender that does what the contract asks of one: it repeats a POST until it has an answer, under the same name if it gave one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cloud } from '../cloud.ts';
import { type Answer, progress, send } from '../webhook.ts';

export interface Sent {
  readonly tenant: string;
  /** One word for each event: who sent it, and which of its events it is. */
  readonly events: readonly string[];
  readonly name: string | undefined;
  /** The ids of the answer, one for each event. */
  readonly ids: readonly string[];
  /** When the attempt began in which the events may have been numbered: the first of a named POST, the last of another. */
  readonly since: number;
  readonly acceptedAt: number;
  readonly attempts: number;
}

const PAUSE_MS = 40;
const MOST_ATTEMPTS = 100;
const LIST_LENGTH = 3;

export class Sender {
  readonly sent: Sent[] = [];
  readonly #cloud: Pick<Cloud, 'httpUrl' | 'webhookToken'>;
  readonly #id: string;
  readonly #tenant: string;
  readonly #twins: boolean;

  constructor(cloud: Pick<Cloud, 'httpUrl' | 'webhookToken'>, id: string, tenant: string, twins: boolean) {
    this.#cloud = cloud;
    this.#id = id;
    this.#tenant = tenant;
    this.#twins = twins;
  }

  /** Every second POST is named, every tenth is a list, every twentieth is made twice at once; each waits for its answer. */
  async publish(count: number): Promise<void> {
    for (let n = 1; n <= count; n += 1) {
      const name = n % 2 === 0 ? `${this.#id}-${n}` : undefined;
      const size = n % 10 < 2 ? LIST_LENGTH : 1;
      const events = Array.from({ length: size }, (_, index) => `${this.#id}.${n}.${index}`);
      const isTwin = this.#twins && name !== undefined && n % 20 === 0;
      await Promise.all((isTwin ? [1, 2] : [1]).map(() => this.#post(events, name)));
    }
  }

  async #post(events: readonly string[], name: string | undefined): Promise<void> {
    const body = events.map((event) => progress(this.#tenant, { job_id: this.#id, event }));
    const headers = name === undefined ? {} : { 'Idempotency-Key': name };
    const first = performance.now();
    for (let attempts = 1; attempts <= MOST_ATTEMPTS; attempts += 1) {
      const began = performance.now();
      const answer = await send(this.#cloud, body.length === 1 ? body[0] : body, { headers }).catch(noAnswer);
      if (answer.status === 202) {
        const { ids } = JSON.parse(answer.text);
        const since = name === undefined ? began : first;
        const acceptedAt = performance.now();
        this.sent.push({ tenant: this.#tenant, events, name, ids, since, acceptedAt, attempts });
        return;
      }
      if (answer.status < 500 && answer.status !== 429)
        throw new Error(`${events} was refused: ${answer.status} ${answer.text}`);
      await sleep(PAUSE_MS);
    }
    throw new Error(`${events} was not accepted in ${MOST_ATTEMPTS} attempts`);
  }
}

/** A connection that broke is as good as a 503 to a sender. */
function noAnswer(error: unknown): Answer {
  return { status: 503, headers: new Headers(), text: String(error) };
}
