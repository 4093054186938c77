import { describe, expect, it } from 'vitest';
import { earlierOf, type Ids, readEntry, writeEntry } from '../../../../shared/rooms/entry.ts';
import type { Position } from '../../../../shared/rooms/ports.ts';

const [p, b, j] = ['project-epoch-16', 'batch-epoch---16', 'job-epoch-----16'];
const cursor = (epoch: string, seq: number) => ({ epoch, seq });
const position = (epoch: string, since: number): Position => ({
  since: cursor(epoch, since),
  at: cursor(epoch, since + 100),
});

describe('an entry', () => {
  it('is the text of an object, with its places in the channels before', () => {
    const ids: Ids = [
      ['project:7', cursor(p, 3)],
      ['batch:9', cursor(b, 12)],
    ];
    expect(writeEntry({ event: 'log_line', payload: '{"n":1}', ids })).toBe(
      `{"event":"log_line","ids":{"project:7":"${p}.3","batch:9":"${b}.12"},"payload":{"n":1}}`,
    );
  });

  it.each(['{}', '{"n":1.5e3}', '{"a":{"b":[null,"\\u2028 \\" \u{1F600}"]}}', '{"__proto__":1}'])(
    'comes back as it was written: %s',
    (payload) => {
      const ids: Ids = [['project:7', cursor(p, 3)]];
      const found = readEntry(writeEntry({ event: 'a"b', payload, ids }), 'batch:9', cursor(b, 8));
      expect(found).toEqual({
        event: 'a"b',
        payload: expect.any(String),
        ids: [...ids, ['batch:9', cursor(b, 8)]],
      });
      expect(JSON.parse(found.payload)).toEqual(JSON.parse(payload));
    },
  );

  it('keeps its channels in their order', () => {
    const ids: Ids = ['project:9', 'batch:1', 'job:a'].map(
      (channel, seq) => [channel, cursor(p, seq)] as const,
    );
    const read = readEntry(writeEntry({ event: 'x', payload: '{}', ids }), 'job:b', cursor(j, 1));
    expect(read.ids.map(([channel]) => channel)).toEqual(['project:9', 'batch:1', 'job:a', 'job:b']);
  });
});

describe('where a socket has an event from', () => {
  const ids: Ids = [
    ['project:7', cursor(p, 5)],
    ['batch:9', cursor(b, 7)],
    ['job:a', cursor(j, 2)],
  ];

  it.each([
    ['the channel at hand, where it is in no other', 'job:a', [['job:a', position(j, 0)]], undefined],
    [
      'the first that it is in',
      'job:a',
      [
        ['batch:9', position(b, 6)],
        ['job:a', position(j, 0)],
      ],
      'batch:9',
    ],
    [
      'the first of two',
      'job:a',
      [
        ['batch:9', position(b, 0)],
        ['project:7', position(p, 4)],
      ],
      'project:7',
    ],
    [
      'not one that it joined at the event',
      'job:a',
      [
        ['project:7', position(p, 5)],
        ['batch:9', position(b, 7)],
      ],
      undefined,
    ],
    [
      'not one after the channel at hand',
      'project:7',
      [
        ['batch:9', position(b, 0)],
        ['job:a', position(j, 0)],
      ],
      undefined,
    ],
    [
      'not one that was begun anew since',
      'batch:9',
      [['project:7', position('another-epoch-16', 0)]],
      undefined,
    ],
  ] as const)('is %s', (_, channel, places, expected) => {
    expect(earlierOf(ids, channel, new Map(places))?.[0]).toBe(expected);
  });
});
