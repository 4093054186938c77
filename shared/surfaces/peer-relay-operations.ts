/** The peer relay, described: peers meet on a WebSocket, and there is no route of its own. */
import type { Section } from '../openapi/operation.ts';
import { peerRelay } from './peer-relay.ts';

export const peerRelaySection: Section = {
  name: 'Peer relay',
  description:
    'Two peers whose direct connection failed reach each other through a session.\n\n' +
    `WebSocket: \`${peerRelay.socketPath}<session_id>?token=<JWT>\`. The first peer waits, the second is paired, and from then on ` +
    'each text frame of one goes to the other, unchanged. A malformed session id refuses the handshake with 400, a bad token with ' +
    '401, one of another session or a page of an origin that is not listed with 403, a third peer with 409.',
  schemas: {},
  operations: [],
};
