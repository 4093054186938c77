/** The relay's OpenAPI document. A surface is registered here by one line. */
import { arenaSection } from '../surfaces/arena-operations.ts';
import { hookBackendSection } from '../surfaces/hook-backend-operations.ts';
import { liveEventsSection } from '../surfaces/live-events-operations.ts';
import { meshJobsSection } from '../surfaces/mesh-jobs-operations.ts';
import { peerRelaySection } from '../surfaces/peer-relay-operations.ts';
import { docsSection } from './docs-operations.ts';
import { type OpenApi, openApi } from './document.ts';

const sections = [
  liveEventsSection,
  hookBackendSection,
  meshJobsSection,
  peerRelaySection,
  arenaSection,
  docsSection,
];

const about = {
  title: 'Relay',
  version: '0.1.0',
  description:
    'A serverless real-time relay: webhooks in, WebSocket and server-sent events out. Every accepted event is in a log before ' +
    'its sender is told so.\n\n' +
    'Every error of the relay’s own is `application/problem+json` of one shape, `Problem`. A path that is not listed is ' +
    'answered with 404, a method that is not listed with 405 and `Allow`. What API Gateway and Lambda answer by themselves ' +
    'is listed under each operation’s `default`.\n\n' +
    'Pages of other origins may call these routes where `relay:allowedOrigins` lists them: then preflights are answered with 204, and ' +
    'answers have the CORS headers.\n\n' +
    'The `id` of an event is its cursor: a client that comes back with the last one it has seen gets everything since.\n\n' +
    'WebSockets cannot be described in OpenAPI; each surface says where they are and how their handshake is refused, with ' +
    'the same errors. Plain clients get events alone. A client that offers the subprotocol `relay.v1` gets it echoed, and ' +
    'more (`docs/protocol.md` in the sources has all of it):\n\n' +
    '- first a frame `{"type": "ready", "channel", "head", "recovered"}`, from which on nothing is missed\n' +
    '- heartbeats `{"type": "heartbeat", "head"}`, and `{"type": "pong", "head"}` to `{"action": "ping"}`\n' +
    '- what came after a cursor, as `{"type": "events", "after", "events"}`, to `{"action": "start", "after"}` and ' +
    '`{"action": "resume", "after"}`\n\n' +
    'At the plain AWS address of the WebSocket API the path is a query parameter: `?path=<path>&…`.',
};

export function relayDocument(): OpenApi {
  return openApi(about, sections);
}
