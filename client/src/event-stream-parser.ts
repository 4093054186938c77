/**
 * Text of an event stream in, in pieces cut anywhere; out come the data of its events, ids that came without an event, and
 * signs of life. An event's own `id` is left aside, since its frame has it; so are `event` and `retry`.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

export type Item = { readonly data: string } | { readonly id: string } | 'comment';

/** Longest line and longest event, characters. The relay's events are at most 100 KB. */
const LIMIT = 1 << 20;

export class EventStreamParser {
  #rest = '';
  #data: string[] = [];
  #size = 0;
  #id: string | undefined;
  #first = true;

  /** Throws where a line or an event has no end: no more of that stream can be read. */
  push(piece: string): Item[] {
    if (this.#first && piece !== '') {
      this.#first = false;
      piece = piece.replace(/^\uFEFF/, '');
    }
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    const items = lines.map((line) => this.#line(line)).filter((item) => item !== undefined);
    if (this.#rest.length + this.#size > LIMIT) throw new RangeError('An event of the stream is too long.');
    return items;
  }

  #line(line: string): Item | undefined {
    if (line === '') return this.#flush();
    if (line.startsWith(':')) return 'comment';
    const [, name, value = ''] = /^(data|id)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'id') this.#id = value;
    if (name !== 'data') return undefined;
    this.#data.push(value);
    this.#size += line.length;
    return undefined;
  }

  #flush(): Item | undefined {
    const data = this.#data.length > 0 ? this.#data.join('\n') : undefined;
    const id = this.#id;
    this.#data = [];
    this.#size = 0;
    this.#id = undefined;
    if (data !== undefined) return { data };
    return id === undefined ? undefined : { id };
  }
}
