/** `$disconnect` of the WebSocket API "events". Best effort on the platform's side; the minute's pass sees to the rest. */
import middy from '@middy/core';
import { departed } from '../shared/core/departure.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';
import type { WebSocketEvent } from './_edge/websocket-event.ts';

const logger = makeLogger();
const relay = openRuntime();

async function disconnect(event: WebSocketEvent) {
  await departed(relay, event.requestContext.connectionId);
  return { statusCode: 200 };
}

export const handler = middy(disconnect).use(answerProblems(logger));
