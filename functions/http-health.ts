/**
 * GET and POST /health: the relay answers; and whether NATS does, by a round trip to the bridge, through the servers that it
 * is subscribed at. What is said of NATS is a second old at the most.
 */
import { systemClock } from '../shared/adapters/system-clock.ts';
import { limits } from '../shared/core/limits.ts';
import { json } from './_edge/answer-problems.ts';
import { natsOf, openNatsLink } from './_edge/nats.ts';

const nats = natsOf(process.env, 'relay-health');
const link = nats && openNatsLink(nats);

let last: { readonly askedAt: number; readonly isConnected: boolean } | undefined;

async function isConnected(): Promise<boolean> {
  if (!nats || !link) return false;
  const askedAt = systemClock.now();
  if (!last || askedAt - last.askedAt >= limits.natsKnownMs) {
    last = { askedAt, isConnected: await link.asks(nats.probeSubject) };
  }
  return last.isConnected;
}

export async function handler() {
  return json(200, { status: 'ok', service: 'relay', nats_connected: await isConnected() });
}
