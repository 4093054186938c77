/**
 * What a client shows to join rooms of mesh jobs, or to watch a session of the arena: a client token, in its handshake or in
 * socket.io's `auth`. Without any source of such tokens these are open: by the stack's option, or in the local twin.
 */
import type { Logger } from '@aws-lambda-powertools/logger';
import { covers } from '../../shared/auth/client-token.ts';
import { env } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import type { MayJoin } from '../../shared/rooms/grant.ts';
import type { Grant } from '../../shared/rooms/ports.ts';
import { openClientTokens } from './client-tokens.ts';
import { reportUnset } from './unset.ts';

/** Without a token where none is needed, every room. */
export const mayJoin: MayJoin = ({ channels }, channel) =>
  channels === undefined || covers(channels, channel);

/** What the token opens; throws a 401 where one is needed and this is none, or a bad one. */
export function openRoomTokens(logger: Logger): (token: string | undefined) => Promise<Grant> {
  if (process.env[env.openStreams] === '1') return async () => ({});
  const tokens = openClientTokens(logger);
  return async (token) => {
    const found = token === undefined ? undefined : await tokens.read(token);
    if (found) return found;
    if (!(await tokens.areTaken())) {
      if (process.env[env.local] === '1') return {};
      reportUnset(logger, 'CLIENT_JWT_SECRET', 'client');
    }
    const message = token === undefined ? 'is missing' : 'is wrong';
    throw new RelayError('unauthorized', `The client token ${message}.`, [{ field: 'token', message }]);
  };
}
