/**
 * Frame headers are found wherever chunks happen to end, and only the announced length counts.
 */

import { describe, expect, it } from 'vitest';
import { FrameLimit } from '../../../../local/gateway/frame-limit.ts';

/** A masked text frame, as clients send. */
function makeFrame(length: number): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  if (length < 126) return Buffer.concat([Buffer.from([0x81, 0x80 | length]), mask, Buffer.alloc(length)]);
  const extended = Buffer.alloc(length < 65_536 ? 2 : 8);
  if (length < 65_536) extended.writeUInt16BE(length);
  else extended.writeBigUInt64BE(BigInt(length));
  const short = length < 65_536 ? 126 : 127;
  return Buffer.concat([Buffer.from([0x81, 0x80 | short]), extended, mask, Buffer.alloc(length)]);
}

describe('the frame limit', () => {
  it('is not exceeded by many frames of the size allowed, in chunks of any size', () => {
    const stream = Buffer.concat([
      makeFrame(0),
      makeFrame(125),
      makeFrame(126),
      makeFrame(1000),
      makeFrame(3),
    ]);
    for (const size of [1, 2, 3, 7, 100, stream.length]) {
      const limit = new FrameLimit(1000);
      for (let at = 0; at < stream.length; at += size) {
        expect(limit.isExceededBy(stream.subarray(at, at + size))).toBe(false);
      }
    }
  });

  it.each([1001, 65_535, 70_000])('is exceeded by the header of a frame of %d bytes', (length) => {
    const limit = new FrameLimit(1000);
    expect(limit.isExceededBy(makeFrame(3))).toBe(false);
    expect(limit.isExceededBy(makeFrame(length).subarray(0, 14))).toBe(true);
  });
});
