/** `$disconnect` of the WebSocket API "peers". Best effort on the platform's side; the next frame or the minute's pass sees to the rest. */
import middy from '@middy/core';
import { peerLeft } from '../shared/peers/departure.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';
import type { WebSocketEvent } from './_edge/websocket-event.ts';

const logger = makeLogger();
const relay = openPeers(openRuntime(), logger);

async function disconnect(event: WebSocketEvent) {
  await peerLeft(relay, event.requestContext.connectionId);
  return { statusCode: 200 };
}

export const handler = middy(disconnect).use(answerProblems(logger));
