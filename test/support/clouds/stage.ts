/**
 * A stage that is already there, deployed by whoever runs the tests. RELAY_URL is its public address, or its plain HTTP
 * address when RELAY_EVENTS_URL and RELAY_PEERS_URL are the plain WebSocket ones and RELAY_SSE_URL the function URL; RELAY_WEBHOOK_TOKEN,
 * MODAL_WEBHOOK_SECRET, SECRET_KEY and, unless its streams are open, RELAY_CLIENT_BEARER and CLIENT_JWT_SECRET are its secrets, and ARENA_TOKEN
 * unless its arena is. RELAY_NATS_URL is the NATS server behind it, one that asks for no credentials, where it has one.
 */
import { addresses, plainAddresses } from './addresses.ts';
import type { CloudKind, RetryPolicy } from './cloud.ts';

const {
  RELAY_URL,
  RELAY_EVENTS_URL,
  RELAY_PEERS_URL,
  RELAY_SSE_URL,
  RELAY_WEBHOOK_TOKEN,
  MODAL_WEBHOOK_SECRET,
  RELAY_CLIENT_BEARER,
  CLIENT_JWT_SECRET,
  SECRET_KEY,
  ARENA_TOKEN,
  RELAY_NATS_URL,
} = process.env;

const TOO_MANY_REQUESTS = 429;
const MAX_RETRIES = 6;

/**
 * Platform rules: an account takes 500 new sockets a second and shares its request rate with its neighbours; both are
 * answered with 429, before any function runs.
 */
const retryPolicy: RetryPolicy = {
  retryAfterMs: (status, attempt) =>
    status === TOO_MANY_REQUESTS && attempt < MAX_RETRIES ? 250 * 2 ** attempt : undefined,
  namesPosts: false,
};

function required(name: string, value: string | undefined): string {
  if (value) return value;
  throw new Error(`RELAY_CLOUD=stage takes ${name}; see docs/clouds.md`);
}

export const stage: CloudKind = {
  name: 'stage',
  cannot: [
    'inside',
    'own-nats',
    'own-rates',
    'printed-lines',
    'settings',
    RELAY_CLIENT_BEARER ? 'open-streams' : 'client-bearer',
    ...(RELAY_EVENTS_URL && !RELAY_SSE_URL ? (['streaming'] as const) : []),
  ],
  async start() {
    const url = required('RELAY_URL', RELAY_URL).replace(/\/$/, '');
    return {
      ...(RELAY_EVENTS_URL
        ? plainAddresses({
            http: url,
            events: RELAY_EVENTS_URL,
            peers: required('RELAY_PEERS_URL', RELAY_PEERS_URL),
            sse: RELAY_SSE_URL,
          })
        : addresses(url)),
      webhookToken: required('RELAY_WEBHOOK_TOKEN', RELAY_WEBHOOK_TOKEN),
      peerSecret: required('SECRET_KEY', SECRET_KEY),
      modalSecret: required('MODAL_WEBHOOK_SECRET', MODAL_WEBHOOK_SECRET),
      clientJwtSecret: CLIENT_JWT_SECRET || undefined,
      arenaToken: ARENA_TOKEN || undefined,
      natsUrl: RELAY_NATS_URL || undefined,
      clientBearer: RELAY_CLIENT_BEARER || undefined,
      retryPolicy,
      mayRepeat: true,
      close: async () => undefined,
    };
  },
};
