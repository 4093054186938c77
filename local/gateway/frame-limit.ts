/**
 * Watches the frame headers of an incoming stream for a frame beyond 32 KB. API Gateway closes with 1009 on one, even though the
 * whole message might be within its 128 KB; a WebSocket library only knows a limit for messages. Layout: RFC 6455, 5.2.
 */

const MASK_BYTES = 4;
/** Two bytes, eight of extended length, four of mask. */
const LONGEST_HEADER = 14;

export class FrameLimit {
  readonly #maxBytes: number;
  readonly #header = Buffer.alloc(LONGEST_HEADER);
  #headerBytes = 0;
  #payloadLeft = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True as soon as a frame announces more than the limit. */
  isExceededBy(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at);
        this.#payloadLeft -= skipped;
        at += skipped;
        continue;
      }
      this.#header[this.#headerBytes] = chunk[at] ?? 0;
      this.#headerBytes += 1;
      at += 1;
      if (this.#headerBytes < this.#headerLength()) continue;
      this.#payloadLeft = this.#readLength();
      this.#headerBytes = 0;
      if (this.#payloadLeft > this.#maxBytes) return true;
    }
    return false;
  }

  #shortLength(): number {
    return (this.#header[1] ?? 0) & 0x7f;
  }

  #headerLength(): number {
    if (this.#headerBytes < 2) return 2;
    const isMasked = ((this.#header[1] ?? 0) & 0x80) !== 0;
    const extended = this.#shortLength() === 126 ? 2 : this.#shortLength() === 127 ? 8 : 0;
    return 2 + extended + (isMasked ? MASK_BYTES : 0);
  }

  #readLength(): number {
    const short = this.#shortLength();
    if (short === 126) return this.#header.readUInt16BE(2);
    if (short === 127) return Number(this.#header.readBigUInt64BE(2));
    return short;
  }
}
