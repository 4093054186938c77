/** POST /api/user: an anonymous user with a session, or the one that the caller is already. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { makeUsers } from '../shared/adapters/dynamodb/users.ts';
import { newToken, newUserId } from '../shared/auth/opaque-token.ts';
import { limits } from '../shared/core/limits.ts';
import { noFields, readBody } from '../shared/surfaces/hook-backend.ts';
import { answerProblems, secretJson } from './_edge/answer-problems.ts';
import { bearerIn } from './_edge/bearer.ts';
import { openHookApi, openRecord, optionalBody } from './_edge/hook-api.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);
const users = makeUsers(runtime.table);
const record = openRecord(runtime, logger);

async function createUser(event: APIGatewayProxyEventV2) {
  const { authorization } = event.headers;
  if (authorization !== undefined) {
    const { user } = await api.admit(event, 'session');
    readBody(noFields, optionalBody(event));
    return secretJson(200, { user_id: user, session_token: bearerIn(authorization) });
  }
  await api.admitAnybody(event);
  readBody(noFields, optionalBody(event));
  const user = newUserId();
  const session = newToken('session', user);
  const createdAt = Math.floor(runtime.clock.now() / 1_000);
  const exp = createdAt + limits.sessionSeconds;
  await record(event, { user, what: 'user.create', token: session.id });
  // The session last: until it is there nobody can be this user, and what a crash leaves expires by itself.
  await users.put(user, createdAt, exp);
  await runtime.tokens.put(
    { id: session.id, user, kind: 'session', scopes: [], createdAt, exp },
    session.hash,
  );
  return secretJson(200, { user_id: user, session_token: session.text });
}

export const handler = middy(createUser).use(answerProblems(logger));
