/** The HTTP route of the peer relay, described. Peers themselves meet on a WebSocket. */
import type { JsonSchema, Operation, Section } from '../openapi/operation.ts';
import { peerRelay } from './peer-relay.ts';

const health: JsonSchema = {
  type: 'object',
  description: 'That the relay answers.',
  required: ['status', 'service'],
  properties: {
    status: { const: 'ok', description: 'Always this.' },
    service: { const: 'relay', description: 'Always this.' },
  },
};

const getHealth: Operation = {
  id: 'getHealth',
  method: 'GET',
  path: '/health',
  summary: 'Whether the relay answers',
  description:
    'Open to anybody. It says that requests reach a function; neither the table nor a secret is asked for it.',
  credentials: [],
  parameters: [],
  answers: [
    {
      status: 200,
      description: 'It answers.',
      content: { type: 'application/json', schema: health, example: { status: 'ok', service: 'relay' } },
    },
  ],
  errors: {},
};

export const peerRelaySection: Section = {
  name: 'Peer relay',
  description:
    'Two peers whose direct connection failed reach each other through a session.\n\n' +
    `WebSocket: \`${peerRelay.socketPath}<session_id>?token=<JWT>\`. The first peer waits, the second is paired, and from then on ` +
    'each text frame of one goes to the other, unchanged. A malformed session id refuses the handshake with 400, a bad token with ' +
    '401, one of another session or a page of an origin that is not listed with 403, a third peer with 409.',
  schemas: {},
  operations: [getHealth],
};
