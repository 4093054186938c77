/** How peers get in: which session they come for, and the token that opens it. */
import { createHash } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { algorithmOf } from '../../shared/auth/jwt.ts';
import { type PeerToken, peerTokenByKeySet, peerTokenBySecrets } from '../../shared/auth/peer-token.ts';
import { env, type PeerTokenSettings } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';
import type { Peer } from '../../shared/peers/ports.ts';
import { peerRelay, readPeerQuery } from '../../shared/surfaces/peer-relay.ts';
import { openAddressLimit } from './rates.ts';
import { type Runtime, setting } from './runtime.ts';
import { openSignedTokens } from './signed-tokens.ts';
import { reportUnset } from './unset.ts';

export interface PeerKnock {
  /** Every value of a query parameter. */
  readonly query: (name: string) => readonly string[];
  readonly address: string;
}

export interface PeerAdmission extends Pick<Peer, 'until' | 'token'> {
  readonly session: string;
}

/** Throws a 400 for what names no session, then a 429, a 401 for a bad token, a 403 for one of another session. */
export type PeerDoor = (knock: PeerKnock) => Promise<PeerAdmission>;

export function openPeerDoor({ table }: Pick<Runtime, 'table'>, logger: Logger): PeerDoor {
  const settings: PeerTokenSettings = JSON.parse(setting(env.peerTokens));
  const limit = openAddressLimit(table, peerRelay.name);
  const check = openTokenCheck(settings, logger);
  return async ({ query, address }) => {
    const { session, token } = readPeerQuery(query);
    await limit(address);
    const { session: own, until } = await check(token);
    if (own === undefined ? settings.requireSession : own !== session) {
      throw refusal('forbidden', own === undefined ? 'names no session' : 'is for another session');
    }
    return {
      session,
      until,
      ...(settings.distinctTokens && token !== undefined && { token: nameOf(token) }),
    };
  };
}

function openTokenCheck(
  { jwksUrl, algorithms, audience, issuer }: PeerTokenSettings,
  logger: Logger,
): (token: string | undefined) => Promise<PeerToken> {
  const expected = { audience, issuer };
  const tokens = openSignedTokens(
    {
      secret: peerRelay.tokenSecret,
      keysUrl: jwksUrl,
      name: 'tokens of peers',
      bySecrets: (token, secrets, now) => peerTokenBySecrets(token, secrets, now, expected),
      byKeySet: (token, keys, now) => peerTokenByKeySet(token, keys, now, expected),
    },
    logger,
  );
  const isTaken = (token: string) => algorithms.some((name) => name === algorithmOf(token));
  return async (token) => {
    const found = token !== undefined && isTaken(token) ? await tokens.read(token) : undefined;
    if (found) return found;
    if (!(await tokens.areTaken())) reportUnset(logger, peerRelay.tokenSecret, 'client');
    throw refusal('unauthorized', token === undefined ? 'is missing' : 'is wrong, or does not hold now');
  };
}

/** What is signed, and not the signature, which may be written in several ways. Hashed: a token must not be in the table. */
function nameOf(token: string): string {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url');
}

function refusal(code: 'forbidden' | 'unauthorized', message: string): RelayError {
  return new RelayError(code, `The token ${message}.`, [{ field: 'query token', message }]);
}
