/** The pass that runs every minute, in parts: heartbeats; connections that left without a word; those that got stuck. */
import { type Sweep, sweep } from '../shared/core/sweep.ts';
import { makeLogger } from './_edge/logger.ts';
import { openStarting } from './_edge/starting.ts';

const logger = makeLogger();
const relay: Sweep = openStarting(logger);

/** The schedule's input: which part of how many this run does. */
interface MinuteEvent {
  readonly sweep: { readonly part: number; readonly of: number };
}

export async function handler(event: MinuteEvent): Promise<void> {
  const { part, of } = event.sweep;
  const swept = await sweep(relay, part, of);
  if (swept.gone + swept.stuck > 0) logger.info('swept', { part, of, ...swept });
}
