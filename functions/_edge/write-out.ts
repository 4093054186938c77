/** Writes a stream's pieces for as long as somebody takes them; its end is one line, with the metrics of the whole. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { systemClock } from '../../shared/adapters/system-clock.ts';
import { carriesEvent } from '../../shared/core/stream.ts';
import { measured, withoutZeros } from './metrics.ts';

/** Whose stream it is, as far as that is known. */
export interface About {
  readonly request_id: string;
  readonly user_id?: string | undefined;
  readonly token_id?: string | undefined;
}

export async function writeOut(
  logger: Logger,
  about: About,
  pieces: AsyncIterable<string>,
  write: (piece: string) => Promise<boolean>,
): Promise<void> {
  const begunAt = systemClock.now();
  let events = 0;
  try {
    for await (const piece of pieces) {
      if (!(await write(piece))) break;
      if (carriesEvent(piece)) events += 1;
    }
  } finally {
    const stream_seconds = (systemClock.now() - begunAt) / 1_000;
    const figures = { streams_ended: 1, stream_seconds, ...withoutZeros({ stream_events: events }) };
    logger.info('streamed', { ...about, ...measured(figures) });
  }
}
