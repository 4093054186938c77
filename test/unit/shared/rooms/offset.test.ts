import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { formatOffset, readOffset } from '../../../../shared/rooms/offset.ts';
import type { Position } from '../../../../shared/rooms/ports.ts';

const [a, b] = ['epoch-of-a----16', 'epoch_of_b____16'];
const position = (epoch: string, since: number, at: number): Position => ({
  since: { epoch, seq: since },
  at: { epoch, seq: at },
});

describe('an offset', () => {
  it('says where the client stands in each of its channels', () => {
    const positions = new Map([
      ['project:7', position(a, 1, 12)],
      ['job:x', position(b, 0, 0)],
    ]);
    expect(formatOffset(positions)).toBe(`${a}.12~${b}.0`);
    expect(readOffset(`${a}.12~${b}.0`)).toEqual([
      { epoch: a, seq: 12 },
      { epoch: b, seq: 0 },
    ]);
  });

  it('of no channel is empty, and says nothing', () => {
    expect(formatOffset(new Map())).toBe('');
    expect(readOffset('')).toEqual([]);
  });

  it.each(['x', '~~', `${a}`, `${a}.`, `${a}.-1`, `${a}.01`, `${a}.9007199254740993`, `${a}.1.2`, ` ${a}.1`])(
    'that was made up says nothing: %j',
    (text) => {
      expect(readOffset(text)).toEqual([]);
      expect(readOffset(`${text}~${b}.3`)).toEqual([{ epoch: b, seq: 3 }]);
    },
  );

  it('of as many rooms as a socket is in, and its client’s words around it, fit a message', () => {
    const positions = new Map(
      Array.from({ length: limits.roomsPerSocket }, (_, n) => [
        `job:${n}`,
        position(a, 0, Number.MAX_SAFE_INTEGER),
      ]),
    );
    expect(formatOffset(positions).length).toBeLessThan(limits.messageBytes / 4);
  });
});
