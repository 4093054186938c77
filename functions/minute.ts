/** The pass that runs every minute, in parts: clears away connections that left without a word. */
import { systemClock } from '../shared/adapters/system-clock.ts';
import { type Sweep, sweep } from '../shared/core/sweep.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openSockets } from './_edge/sockets.ts';

const logger = makeLogger();
const relay: Sweep = { ...openRuntime(), sockets: openSockets(logger), clock: systemClock };

/** The schedule's input: which part of how many this run does. */
interface MinuteEvent {
  readonly sweep: { readonly part: number; readonly of: number };
}

export async function handler(event: MinuteEvent): Promise<void> {
  const { part, of } = event.sweep;
  const swept = await sweep(relay, part, of);
  if (swept.gone > 0) logger.info('swept', { part, of, ...swept });
}
