/**
 * Text of an event stream in, in pieces cut anywhere; the data of its events and its comments out. The fields `event`,
 * `id` and `retry` are left aside: the frame has its `id`, and the back-off is ours.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */

export type Item = { readonly data: string } | { readonly comment: string };

/** Longest line and longest event, characters. The relay's events are at most 100 KB. */
const LIMIT = 1 << 20;

export class EventStreamParser {
  #rest = '';
  #data: string[] = [];
  #size = 0;
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
    if (line === '') {
      const data = this.#data.join('\n');
      const any = this.#data.length > 0;
      this.#data = [];
      this.#size = 0;
      return any ? { data } : undefined;
    }
    if (line.startsWith(':')) return { comment: line.slice(1).trimStart() };
    const [, value] = /^data(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === 'data' || value !== undefined) {
      this.#data.push(value ?? '');
      this.#size += line.length;
    }
    return undefined;
  }
}
