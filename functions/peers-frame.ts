/** Frames of peers: each goes to the other peer of its session, unchanged. */
import { randomBytes } from 'node:crypto';
import { dismiss } from '../shared/peers/ending.ts';
import { forward } from '../shared/peers/forward.ts';
import { Places } from '../shared/peers/places.ts';
import { makeLogger } from './_edge/logger.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';
import type { MessageEvent } from './_edge/websocket-event.ts';

const relay = openPeers(openRuntime(), makeLogger());
const places = new Places(relay);

export async function handler(event: MessageEvent): Promise<{ statusCode: number }> {
  const { connectionId: id, connectedAt } = event.requestContext;
  const place = await places.of(id);
  if (place) await forward(relay, place, id, event.body ?? '', randomBytes(9).toString('base64url'));
  else await dismiss(relay, { connection: id, at: connectedAt });
  return { statusCode: 200 };
}
