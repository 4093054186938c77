/** The pass that runs every minute, in parts: heartbeats; connections that left without a word; those that got stuck. */
import { makeRevocations } from '../shared/adapters/dynamodb/revocations.ts';
import { minute } from '../shared/core/minute.ts';
import { pingFrame } from '../shared/rooms/say.ts';
import { makeLogger } from './_edge/logger.ts';
import { measured, withoutZeros } from './_edge/metrics.ts';
import type { MinuteEvent } from './_edge/minute-event.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openStarting } from './_edge/starting.ts';

const logger = makeLogger();
const runtime = openRuntime();
const relay = {
  ...openStarting(runtime, logger),
  revocations: makeRevocations(runtime.table),
  ping: pingFrame,
};

export async function handler(event: MinuteEvent): Promise<void> {
  const { part, of } = event.sweep;
  const { sockets, looked, heartbeats, gone, stuck, expired, revoked } = await minute(relay, part, of);
  const figures = withoutZeros({ sockets, heartbeats, gone, stuck });
  if (Object.keys(figures).length + revoked > 0) {
    logger.info('swept', { part, of, looked, expired, revoked, ...measured(figures) });
  }
}
