/** Frames of peers: each goes to the other peer of its session, unchanged. */
import { randomBytes } from 'node:crypto';
import { dismiss, shut } from '../shared/peers/ending.ts';
import { forward } from '../shared/peers/forward.ts';
import { Places } from '../shared/peers/places.ts';
import { makeLogger } from './_edge/logger.ts';
import { measured } from './_edge/metrics.ts';
import { openPeers } from './_edge/peers.ts';
import { openRuntime } from './_edge/runtime.ts';
import type { MessageEvent } from './_edge/websocket-event.ts';

const logger = makeLogger();
const relay = openPeers(openRuntime(), logger);
const places = new Places(relay);

export async function handler({ requestContext, body = '' }: MessageEvent): Promise<{ statusCode: number }> {
  const { connectionId: id, connectedAt: at, requestId } = requestContext;
  try {
    const place = await places.of(id);
    if (place) await forward(relay, place, id, body, randomBytes(9).toString('base64url'));
    else await dismiss(relay, { connection: id, at });
  } catch (error) {
    // Platform rule: for a function that fails the gateway sends its client a message of its own, among the other peer's frames.
    logger.error('failed', { request_id: requestId, error, ...measured({ failed: 1 }) });
    await shut(relay, { connection: id, at });
  }
  return { statusCode: 200 };
}
