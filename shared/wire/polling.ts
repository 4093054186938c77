/**
 * What is said to clients of Engine.IO that come by long-polling: this relay speaks WebSocket only
 * (docs/decisions/0016-socket-io-by-websocket-only.md). The refusal is a handshake and a refused connection in one, so that a
 * Socket.IO client hands the words to its application and does not come back by itself. It keeps no session.
 */
import { encodeEngine, openPacket } from './engine-io.ts';
import { encodeSocket, MAIN_NAMESPACE } from './socket-io.ts';

/** A client's `err.message`. */
export const WEBSOCKET_ONLY = 'This relay speaks WebSocket only: connect with transports: ["websocket"]';

export interface PollingRequest {
  readonly method: 'GET' | 'POST';
  readonly query: Readonly<Record<string, string | undefined>>;
}

export interface PollingAnswer {
  readonly status: 200 | 400;
  /** Content type. */
  readonly type: string;
  readonly body: string;
}

/** Engine.IO's own errors, in the only shape that its clients read. */
const ERRORS = {
  unknownTransport: { code: 0, message: 'Transport unknown' },
  badMethod: { code: 2, message: 'Bad handshake method' },
  badRequest: { code: 3, message: 'Bad request' },
  unsupportedProtocol: { code: 5, message: 'Unsupported protocol version' },
} as const;

/** Between the packets of one payload. */
const SEPARATOR = '\x1e';

/** Checks in the order of the reference implementation. `newSid` names the session, should the request ask for one. */
export function answerPolling({ method, query }: PollingRequest, newSid: string): PollingAnswer {
  // With an upgrade it would not have come here.
  if (query.transport === 'websocket') return error('badRequest');
  if (query.transport !== 'polling') return error('unknownTransport');
  // What a client sends after the refusal. Errors would let clients of 4.0 try again.
  if (query.sid !== undefined)
    return text(method === 'POST' ? 'ok' : encodeEngine({ kind: 'close', data: '' }));
  if (method !== 'GET') return error('badMethod');
  if (query.EIO !== '4') return error('unsupportedProtocol');
  return text(refusal(newSid));
}

/**
 * Recent clients are done with a socket that was refused. Those of 4.0 keep it and connect again for ever, without ever
 * waiting longer, unless the server disconnects it as well; the others hear no more of it by then.
 */
function refusal(sid: string): string {
  const namespace = MAIN_NAMESPACE;
  const refused = encodeSocket({ kind: 'connect-error', namespace, payload: { message: WEBSOCKET_ONLY } });
  const disconnected = encodeSocket({ kind: 'disconnect', namespace });
  return [
    // Times and size are the reference implementation's: whoever does not understand the rest gives up after both times.
    openPacket({ sid, pingIntervalMs: 25_000, pingTimeoutMs: 20_000, maxPayload: 1_000_000 }),
    encodeEngine({ kind: 'message', data: refused }),
    encodeEngine({ kind: 'message', data: disconnected }),
  ].join(SEPARATOR);
}

function text(body: string): PollingAnswer {
  return { status: 200, type: 'text/plain; charset=UTF-8', body };
}

function error(name: keyof typeof ERRORS): PollingAnswer {
  return { status: 400, type: 'application/json', body: JSON.stringify(ERRORS[name]) };
}
