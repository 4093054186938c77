/** A streaming handler, against a runtime that keeps what it is given. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type LambdaStreaming,
  type Respond,
  type ResponseStream,
  type StreamingHandler,
  streaming,
} from '../../../../functions/_edge/streaming.ts';
import { RelayError } from '../../../../shared/core/errors.ts';
import { context, httpEvent } from '../http-event.ts';

type Done = (error?: Error | null) => void;

/** One answer: its head, its pieces, and whether it was ended. `take` decides what becomes of a piece. */
class Kept implements ResponseStream {
  head: unknown;
  readonly pieces: string[] = [];
  hasEnded = false;
  take: (done: Done) => void = (done) => done();

  write(chunk: string, _: 'utf8', done: Done): boolean {
    this.pieces.push(chunk);
    this.take(done);
    return true;
  }

  end(done: () => void): void {
    this.hasEnded = true;
    done();
  }

  on(): void {
    // Nothing here breaks by itself.
  }
}

const runtime: LambdaStreaming = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, head) {
      Object.assign(stream, { head });
      return stream;
    },
  },
};

beforeEach(() => {
  vi.stubGlobal('awslambda', runtime);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function answer(respond: Respond, stream = new Kept(), given: Context = context) {
  const logger = new Logger({ logLevel: 'SILENT' });
  const errors = vi.spyOn(logger, 'error');
  const handler = streaming(logger, respond) as StreamingHandler;
  await handler(httpEvent({ method: 'GET' }), stream, given);
  return { stream, errors: errors.mock.calls };
}

describe('a streamed answer', () => {
  it('has its head and its pieces, and ends', async () => {
    const told: boolean[] = [];
    const { stream } = await answer(async (_event, _context, begin) => {
      const write = begin(200, { 'content-type': 'text/x' });
      told.push(await write('a'), await write('b'));
    });
    expect(stream.head).toEqual({ statusCode: 200, headers: { 'content-type': 'text/x' } });
    expect([stream.pieces, stream.hasEnded, told]).toEqual([['a', 'b'], true, [true, true]]);
  });

  it('is the one error shape with its status where it is refused before it began', async () => {
    const { stream, errors } = await answer(async () => {
      throw new RelayError('busy', 'Full.', [], { 'retry-after': '7' });
    });
    expect(stream.head).toEqual({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '7' },
    });
    expect(JSON.parse(stream.pieces.join(''))).toMatchObject({
      type: 'urn:relay:error:busy',
      status: 503,
      detail: 'Full.',
      request_id: 'request-1',
    });
    expect([stream.hasEnded, errors]).toEqual([true, []]);
  });

  it('just ends where it fails later, and the log has the error', async () => {
    const failure = new Error('the table is gone');
    const { stream, errors } = await answer(async (_event, _context, begin) => {
      await begin(200, {})('a');
      throw failure;
    });
    expect([stream.pieces, stream.hasEnded]).toEqual([['a'], true]);
    const told = { request_id: 'request-1', status: 500, error: failure };
    expect(errors).toEqual([['failed', expect.objectContaining(told)]]);
  });

  it('tells its writer when the client has left', async () => {
    const gone = new Kept();
    gone.take = (done) => done(new Error('write EPIPE'));
    const told: boolean[] = [];
    await answer(async (_event, _context, begin) => {
      told.push(await begin(200, {})('a'));
    }, gone);
    expect(told).toEqual([false]);
  });

  it('gives up on a client that takes nothing before the function’s time is up', async () => {
    vi.useFakeTimers();
    const stuck = new Kept();
    stuck.take = () => undefined;
    const told: boolean[] = [];
    const answered = answer(
      async (_event, _context, begin) => {
        told.push(await begin(200, {})('a'));
      },
      stuck,
      { ...context, getRemainingTimeInMillis: () => 10_000 },
    );
    await vi.advanceTimersByTimeAsync(7_999);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await answered;
    expect([told, stuck.hasEnded]).toEqual([[false], true]);
  });
});

it('a runtime without streaming is named when the function is loaded', () => {
  vi.stubGlobal('awslambda', undefined);
  expect(() => streaming(new Logger({ logLevel: 'SILENT' }), async () => undefined)).toThrow('awslambda');
});
