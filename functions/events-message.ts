/**
 * Messages on the WebSocket API "events". A client of `relay.v1` or socket.io is answered; what a plain client sends is accepted
 * and has no effect. Without this route the gateway would answer each message with a "Forbidden" frame, which no contract knows.
 */
import { randomUUID } from 'node:crypto';
import { heard } from '../shared/core/conversation.ts';
import { converse } from '../shared/rooms/converse.ts';
import { pongFrame } from '../shared/rooms/say.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRooms } from './_edge/rooms.ts';
import { openRuntime } from './_edge/runtime.ts';
import type { MessageEvent } from './_edge/websocket-event.ts';

const relay = openRooms(openRuntime(), makeLogger());

export async function handler(event: MessageEvent): Promise<{ statusCode: number }> {
  const { connectionId, requestTimeEpoch } = event.requestContext;
  const text = event.body ?? '';
  // Most of what socket.io clients send, and nothing to anybody: not worth the read that tells who it is.
  if (text !== pongFrame) {
    const connection = await relay.rooms.get(connectionId);
    if (connection?.dialect === 'socket.io') await converse(relay, connection, text, requestTimeEpoch);
    else if (connection) await heard(relay, connection, text, randomUUID());
  }
  return { statusCode: 200 };
}
