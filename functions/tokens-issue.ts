/** POST /api/token: a hook token of the caller. Its text is in this answer and nowhere else. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeRevocations } from '../shared/adapters/dynamodb/revocations.ts';
import { newToken } from '../shared/auth/opaque-token.ts';
import { unauthorized } from '../shared/auth/tokens.ts';
import { RelayError } from '../shared/core/errors.ts';
import { limits } from '../shared/core/limits.ts';
import { hookBackend, readBody, tokenRequest } from '../shared/surfaces/hook-backend.ts';
import { answerProblems, secretJson } from './_edge/answer-problems.ts';
import { openHookApi, openRecord, optionalBody } from './_edge/hook-api.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);
const record = openRecord(runtime, logger);
const revocations = makeRevocations(runtime.table);

async function issue(event: APIGatewayProxyEventV2) {
  const { id: session, user } = await api.admit(event, 'session');
  const { ttl_seconds: seconds = limits.hookTokenSeconds.usual } = readBody(
    tokenRequest,
    optionalBody(event),
  );
  const most = limits.hookTokensPerUser;
  const listed = await runtime.tokens.list(user, 'hook', most);
  if (listed.filter(({ state }) => state !== 'expired').length === most) {
    const detail = `The user has ${most} hook tokens, revoked ones of the last hour included, which is the most.`;
    throw new RelayError('conflict', detail);
  }
  // DynamoDB deletes them days later, and every look at the user's tokens would read them.
  const expired = listed.filter(({ state }) => state === 'expired').slice(0, limits.expiredCleared);
  await Promise.all(expired.map(({ id }) => runtime.tokens.delete(id)));
  const { id, hash, kind, text } = newToken('hook', user);
  const createdAt = Math.floor(runtime.clock.now() / 1_000);
  const exp = createdAt + seconds;
  await record(event, { user, what: 'token.issue', token: id });
  await runtime.tokens.put({ id, user, kind: 'hook', scopes: hookBackend.scopes, createdAt, exp }, hash);
  // A session that was revoked meanwhile has taken back what it found; this one may have come after.
  if (!(await runtime.tokens.isActive(session))) {
    await revocations.mark(id);
    throw unauthorized('was revoked');
  }
  return secretJson(200, { token: text, token_id: id, user_id: user, type: kind, exp });
}

export const handler = middy(issue).use(answerProblems(logger));
