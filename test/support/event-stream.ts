/**
 * Reads server-sent events as a browser does (HTML, "Interpreting an event stream"): what is an event, and which id a client
 * would come back with.
 */
export interface StreamEvent {
  readonly id: string;
  readonly data: string;
  readonly event: string;
}

export class EventStreamReader {
  readonly events: StreamEvent[] = [];
  /** What a client sends as `Last-Event-ID`; taken over at a blank line, with or without data. */
  lastEventId: string;
  comments = 0;
  retry: number | undefined;
  #rest = '';
  #data: string[] = [];
  #event = '';
  #id: string;

  constructor(lastEventId = '') {
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /** A new stream: what the last one broke off in the middle of is forgotten, and so is an id without its blank line. */
  begin(): void {
    this.#rest = '';
    this.#data = [];
    this.#event = '';
    this.#id = this.lastEventId;
  }

  feed(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === '') this.#dispatch();
    else if (line.startsWith(':')) this.comments += 1;
    else {
      const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (name === 'data') this.#data.push(value);
      if (name === 'event') this.#event = value;
      if (name === 'id') this.#id = value;
      if (name === 'retry') this.retry = Number(value);
    }
  }

  #dispatch(): void {
    this.lastEventId = this.#id;
    if (this.#data.length > 0) {
      this.events.push({ id: this.#id, data: this.#data.join('\n'), event: this.#event });
    }
    this.#data = [];
    this.#event = '';
  }
}
