/** `$connect` of the WebSocket API "peers": which session, may it, is there room; then its slot. */
import middy from '@middy/core';
import { systemClock } from '../shared/adapters/system-clock.ts';
import { RelayError } from '../shared/core/errors.ts';
import { arrive } from '../shared/peers/arrival.ts';
import { openOriginCheck } from './_edge/allowed-origins.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPeerDoor } from './_edge/peer-door.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';
import { type ConnectEvent, header, queryValues } from './_edge/websocket-event.ts';

const logger = makeLogger();
const runtime = openRuntime();
const relay = openPeers(runtime, logger);
const door = openPeerDoor(runtime, logger);
const checkOrigin = openOriginCheck();

async function connect(event: ConnectEvent) {
  const { connectionId: id, identity } = event.requestContext;
  const { session, until, token } = await door({
    query: (name) => queryValues(event, name),
    address: identity.sourceIp,
  });
  checkOrigin(header(event, 'origin'));
  const at = systemClock.now();
  // Before it has a slot: whoever dies in between leaves something by which the minute's pass finds the session.
  await relay.connections.put({ id, session, at });
  try {
    await arrive(relay, session, { connection: id, at, until, token });
  } catch (error) {
    // What else went wrong may have left it a slot.
    if (error instanceof RelayError) await relay.connections.delete(id);
    throw error;
  }
  return { statusCode: 200 };
}

export const handler = middy(connect).use(answerProblems(logger));
