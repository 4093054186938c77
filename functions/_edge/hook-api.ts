/** What the functions of the hook backend's own HTTP routes share: who calls, and what goes on record. */
import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeUsers } from '../../shared/adapters/dynamodb/users.ts';
import type { TokenKind } from '../../shared/auth/opaque-token.ts';
import { admit as admitToken, type TokenRecord, unauthorized } from '../../shared/auth/tokens.ts';
import type { Act } from '../../shared/auth/users.ts';
import { parseUntrustedJson } from '../../shared/core/untrusted-json.ts';
import { hookBackend } from '../../shared/surfaces/hook-backend.ts';
import { bearerIn } from './bearer.ts';
import { bodyText } from './http-event.ts';
import { openAddressLimit, openTokenRates } from './rates.ts';
import type { Runtime } from './runtime.ts';

export interface HookApi {
  /** Lets anybody in, by the address alone; throws the 429 of one that calls too often. */
  admitAnybody(event: APIGatewayProxyEventV2): Promise<void>;
  /** Lets a bearer in that is of one of these kinds, by its address and its own rate; the log names it from here on. */
  admit(event: APIGatewayProxyEventV2, ...kinds: readonly TokenKind[]): Promise<TokenRecord>;
}

export function openHookApi({ table, tokens }: Runtime, logger: Logger): HookApi {
  const limitAddress = openAddressLimit(table, hookBackend.name);
  const rates = openTokenRates();
  /** What every call begins with, whoever makes it. */
  const beginCall = async (event: APIGatewayProxyEventV2) => {
    // An environment answers one caller after another: what it says of this one must not name the last.
    logger.resetKeys();
    await limitAddress(event.requestContext.http.sourceIp);
  };
  return {
    admitAnybody: beginCall,
    async admit(event, ...kinds) {
      await beginCall(event);
      const { authorization } = event.headers;
      const shown = bearerIn(authorization);
      if (authorization !== undefined && shown === undefined)
        throw unauthorized('is not of the form "Bearer <token>"');
      const token = await admitToken(tokens, rates, shown, kinds);
      logger.appendKeys({ user_id: token.user, token_id: token.id });
      return token;
    },
  };
}

/** Puts an act on record, in the table and in the log. */
export function openRecord({ table }: Runtime, logger: Logger) {
  const users = makeUsers(table);
  return async (event: APIGatewayProxyEventV2, act: Omit<Act, 'requestId' | 'address'>): Promise<void> => {
    const { requestId, http } = event.requestContext;
    await users.record({ ...act, requestId, address: http.sourceIp });
    logger.info(act.what, { request_id: requestId, user_id: act.user, token_id: act.token });
  };
}

/** A body that may be left out, for an object without fields. */
export function optionalBody(event: APIGatewayProxyEventV2): unknown {
  const text = bodyText(event);
  return text === '' ? {} : parseUntrustedJson(text);
}
