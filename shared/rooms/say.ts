/** What is said to one client besides events, in Socket.IO's words. */
import { type Delivery, deliverOrCut } from '../core/deliver.ts';
import { limits } from '../core/limits.ts';
import { encodeEngine, openPacket } from '../wire/engine-io.ts';
import { encodeSocket, MAIN_NAMESPACE, type ServerPacket } from '../wire/socket-io.ts';
import { speaker } from './feed.ts';
import type { RoomConnection } from './ports.ts';

export function frameOf(packet: ServerPacket): string {
  return encodeEngine({ kind: 'message', data: encodeSocket(packet) });
}

/** `sid`: of the transport's session. */
export function openFrame(sid: string): string {
  const { pingIntervalMs, pingTimeoutMs, messageBytes } = limits;
  return openPacket({ sid, pingIntervalMs, pingTimeoutMs, maxPayload: messageBytes });
}

/** What keeps a socket open, and tells its client that the server is there. */
export const pingFrame = encodeEngine({ kind: 'ping', data: '' });

/** A client's answer to it. */
export const pongFrame = encodeEngine({ kind: 'pong', data: '' });

/** Where a repeat does no harm. False where the socket had to be closed. */
export function say(relay: Delivery, connection: RoomConnection, packet: ServerPacket): Promise<boolean> {
  const deadline = relay.clock.now() + limits.fanOutMs;
  return deliverOrCut(relay, undefined, speaker(connection), [frameOf(packet)], deadline);
}

/** Answers an event that asked to be answered. */
export async function acknowledge(
  relay: Delivery,
  connection: RoomConnection,
  id: number | undefined,
  answer: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (id === undefined) return;
  await say(relay, connection, { kind: 'ack', namespace: MAIN_NAMESPACE, id, args: [answer] });
}
