/**
 * Reads one HTTP/1.1 answer from the bytes of a connection (RFC 9112, 6.3: where a body ends). Only the status is of use
 * to us; the body is counted, so that the connection can take the next call, and dropped.
 */

export interface HttpAnswer {
  readonly status: number;
  /** Whether the connection is at the start of a next answer. */
  readonly reusable: boolean;
}

/** The gateway's own answers are a few hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

const STATUS = /^HTTP\/1\.([01]) (\d{3})(?: |\r\n)/;
const CLOSE = /\r\nconnection: *close\b/i;
const LENGTH = /\r\ncontent-length: *(\d+) *\r\n/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked *\r\n/i;
const CHUNK_SIZE = /^([0-9a-f]+)[^\r\n]*\r\n/i;

export class HttpAnswerReader {
  #text = '';

  /** The answer once it is there in full. Throws on what is no HTTP/1 answer. */
  take(chunk: Buffer): HttpAnswer | undefined {
    // One character a byte, so that lengths agree.
    this.#text += chunk.toString('latin1');
    if (this.#text.length > MAX_ANSWER_BYTES) throw new Error('an answer without end');
    return this.#read();
  }

  /** The answer of a connection that has ended: only an answer without a length ends that way. */
  end(): HttpAnswer | undefined {
    const answer = this.#head();
    if (!answer || LENGTH.test(answer.head) || CHUNKED.test(answer.head)) return undefined;
    return { status: answer.status, reusable: false };
  }

  #read(): HttpAnswer | undefined {
    const answer = this.#head();
    if (!answer) return undefined;
    const { status, head, isLast } = answer;
    const bodyEnd = this.#bodyEnd(status, head);
    if (bodyEnd === undefined || this.#text.length < bodyEnd) return undefined;
    return { status, reusable: !isLast && this.#text.length === bodyEnd };
  }

  /** Status line and header fields of the final answer; interim ones (1xx) before it are dropped. */
  #head(): { status: number; head: string; isLast: boolean } | undefined {
    for (;;) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      const head = this.#text.slice(0, end + 4);
      const [, minor, status] = STATUS.exec(head) ?? [];
      if (status === undefined) throw new Error('not an HTTP answer');
      if (!status.startsWith('1')) {
        return { status: Number(status), head, isLast: minor === '0' || CLOSE.test(head) };
      }
      this.#text = this.#text.slice(end + 4);
    }
  }

  /** Undefined while it is not known: a chunk is missing, or the body lasts as long as the connection. */
  #bodyEnd(status: number, head: string): number | undefined {
    if (status === 204 || status === 304) return head.length;
    if (CHUNKED.test(head)) return this.#chunksEnd(head.length);
    const [, length] = LENGTH.exec(head) ?? [];
    return length === undefined ? undefined : head.length + Number(length);
  }

  #chunksEnd(start: number): number | undefined {
    for (let at = start; ; ) {
      const [line, size] = CHUNK_SIZE.exec(this.#text.slice(at, at + 64)) ?? [];
      if (line === undefined || size === undefined) return undefined;
      const length = Number.parseInt(size, 16);
      if (length > 0) {
        at += line.length + length + 2;
        continue;
      }
      // After the last chunk come trailer fields, mostly none, and an empty line.
      const end = this.#text.indexOf('\r\n\r\n', at + line.length - 2);
      return end < 0 ? undefined : end + 4;
    }
  }
}
