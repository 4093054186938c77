import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it, vi } from 'vitest';
import { writeOut } from '../../../../functions/_edge/write-out.ts';
import { figuresIn } from '../../../support/embedded-metrics.ts';

const event = (n: number) => `id: e.${n}\ndata: {"n":${n}}\n\n`;

async function* piecesOf(...pieces: (string | Error)[]): AsyncGenerator<string> {
  for (const piece of pieces) {
    if (typeof piece !== 'string') throw piece;
    yield piece;
  }
}

/** Writes these pieces to somebody who takes so many of them; what arrived, and the figures of the line. */
async function written(pieces: AsyncIterable<string>, takes = 100) {
  const logger = new Logger({ logLevel: 'SILENT' });
  const info = vi.spyOn(logger, 'info');
  const arrived: string[] = [];
  const write = async (piece: string) => arrived.length < takes && arrived.push(piece) > 0;
  const failure = await writeOut(logger, { request_id: 'request-1', user_id: 'u1' }, pieces, write).catch(
    (error) => error,
  );
  expect(info.mock.calls).toEqual([
    ['streamed', expect.objectContaining({ request_id: 'request-1', user_id: 'u1' })],
  ]);
  const line = { service: 'relay', ...(info.mock.calls[0]?.[1] as object) };
  return { arrived, failure, figures: figuresIn(JSON.stringify(line)) };
}

describe('a stream', () => {
  it('is measured in one line at its end, which counts events alone', async () => {
    const { arrived, figures } = await written(
      piecesOf('retry: 1\nid: e.0\n\n', event(1), ':\n\n', event(2)),
    );
    expect(arrived).toHaveLength(4);
    expect(figures).toEqual({ streams_ended: 1, stream_seconds: expect.any(Number), stream_events: 2 });
    expect(figures.stream_seconds).toBeLessThan(60);
  });

  it('is over where nobody takes its pieces any more', async () => {
    const { arrived, figures } = await written(piecesOf(event(1), event(2), event(3)), 1);
    expect(arrived).toEqual([event(1)]);
    expect(figures.stream_events).toBe(1);
  });

  it('that fails is measured as well, and still fails', async () => {
    const { failure, figures } = await written(piecesOf(':\n\n', new Error('the table is gone')));
    expect(failure).toEqual(new Error('the table is gone'));
    expect(figures).toEqual({ streams_ended: 1, stream_seconds: expect.any(Number) });
  });
});
