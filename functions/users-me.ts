/** GET /api/me: the user and their hook tokens that open something; never a token itself. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { limits } from '../shared/core/limits.ts';
import { answerProblems, secretJson } from './_edge/answer-problems.ts';
import { openHookApi } from './_edge/hook-api.ts';
import { makeLogger } from './_edge/logger.ts';
import { openRuntime } from './_edge/runtime.ts';

const logger = makeLogger();
const runtime = openRuntime();
const api = openHookApi(runtime, logger);

async function me(event: APIGatewayProxyEventV2) {
  const { user } = await api.admit(event, 'session');
  // Two that ask for a token at once may get one more than the limit; the list stays bounded all the same.
  const tokens = await runtime.tokens.list(user, 'hook', 2 * limits.hookTokensPerUser);
  return secretJson(200, {
    user_id: user,
    tokens: tokens
      .filter(({ state }) => state === 'active')
      .map(({ id, kind, scopes, exp, createdAt }) => ({
        token_id: id,
        type: kind,
        scopes,
        exp,
        created_at: createdAt,
      })),
  });
}

export const handler = middy(me).use(answerProblems(logger));
