/**
 * The peer relay: two peers whose direct connection failed reach each other through a session.
 *
 *     WS /relay/{session_id}?token=<JWT>   the first peer waits, the second is paired, frames go both ways
 */
import { RelayError } from '../core/errors.ts';
import { invalid, onlyValue } from './validation.ts';

export const peerRelay = {
  name: 'peer-relay',
  /** Before the session's id. */
  socketPath: '/relay/',
  tokenSecret: 'SECRET_KEY',
} as const;

const SESSION_ID = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,63}$/;

/** `query`: every value of a parameter. Throws a 400 for a path that names no session, or for two tokens. */
export function readPeerQuery(query: (name: string) => readonly string[]): {
  readonly session: string;
  readonly token: string | undefined;
} {
  const path = onlyValue(query('path'), 'query path');
  if (path === undefined || !path.startsWith(peerRelay.socketPath)) {
    throw new RelayError('invalid', 'The path names no session of peers.', [
      { field: 'query path', message: `must begin with ${peerRelay.socketPath}` },
    ]);
  }
  const session = path.slice(peerRelay.socketPath.length);
  if (!SESSION_ID.test(session)) throw invalid([{ field: 'path session_id', message: SESSION_ID_RULE }]);
  return { session, token: onlyValue(query('token'), 'query token') };
}

const SESSION_ID_RULE = 'must be 1 to 64 letters, digits, "_" or "-", and begin with a letter or a digit';
