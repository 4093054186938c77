/**
 * What follows a handshake and cannot happen in it, because nothing can be posted before `$connect` has returned: the ready
 * frame, what a client missed, its subscription; the first packet of socket.io. `$connect` hands this off; a client of `relay.v1` may be quicker and ask
 * for it itself.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { limits } from '../shared/core/limits.ts';
import { start } from '../shared/core/start.ts';
import { greet } from '../shared/rooms/greet.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openStarting, type StartEvent } from './_edge/starting.ts';

const logger = makeLogger();
const relay = openStarting(openRuntime(), logger);

export async function handler(event: StartEvent): Promise<void> {
  const { connection, dialect } = event.start;
  if (!(await opened(connection))) {
    logger.info('not started', { connection_id: connection });
    return;
  }
  // Not the request's id: an event that Lambda delivers twice has the same one both times.
  const by = randomUUID();
  if (dialect === 'socket.io') await greet(relay, connection, { by, sid: randomUUID() });
  else await start(relay, connection, { by, inBatches: false });
}

/** Platform rule: until `$connect` has returned, a look at the connection is a 410 like that of one long gone. */
async function opened(connection: string): Promise<boolean> {
  const deadline = systemClock.now() + limits.connectSeconds * 1_000;
  for (let pause = 20; systemClock.now() < deadline; pause = Math.min(pause * 2, 500)) {
    if ((await relay.sockets.isOpen(connection)) === 'open') return true;
    // A handshake that failed after all is cleared away; there is nothing left to wait for.
    if (!(await relay.connections.get(connection))) return false;
    await systemClock.sleep(pause);
  }
  return false;
}
