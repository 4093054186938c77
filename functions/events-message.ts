/**
 * Messages on the WebSocket API "events". A client of `relay.v1` is answered; what a plain client sends is accepted and has
 * no effect. Without this route the gateway would answer each message with a "Forbidden" frame, which no contract knows.
 */
import { randomUUID } from 'node:crypto';
import { heard } from '../shared/core/conversation.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';
import { openStarting } from './_edge/starting.ts';
import type { MessageEvent } from './_edge/websocket-event.ts';

const relay = openStarting(openRuntime(), makeLogger());

export async function handler(event: MessageEvent): Promise<{ statusCode: number }> {
  await heard(relay, event.requestContext.connectionId, event.body ?? '', randomUUID());
  return { statusCode: 200 };
}
