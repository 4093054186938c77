import { describe, expect, it } from 'vitest';
import { FRAME_OVERHEAD, formatCursor } from '../../../../shared/core/cursor.ts';
import { jsonFrame } from '../../../../shared/core/event.ts';

const epoch = 'AbCd_-12ZyXw9876';
const json = '{"type":"status"}';

describe('a cursor', () => {
  it('names the epoch and the number', () => {
    expect(formatCursor({ epoch, seq: 42 })).toBe('AbCd_-12ZyXw9876.42');
  });

  it.each([1, 9, 10, 999_999, 9_007_199_254_740_991])(
    'adds no more to an event than is reckoned with at %i',
    (seq) => {
      const added = Buffer.byteLength(jsonFrame({ epoch, seq }, json)) - Buffer.byteLength(json);
      expect(added).toBeLessThanOrEqual(FRAME_OVERHEAD);
    },
  );

  it('adds exactly what is reckoned with at the largest number', () => {
    const frame = jsonFrame({ epoch, seq: 9_007_199_254_740_991 }, json);
    expect(frame).toBe('{"id":"AbCd_-12ZyXw9876.9007199254740991","seq":9007199254740991,"type":"status"}');
    expect(Buffer.byteLength(frame) - Buffer.byteLength(json)).toBe(FRAME_OVERHEAD);
    expect(FRAME_OVERHEAD).toBe(64);
  });
});
