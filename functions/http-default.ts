/** What no route of the HTTP API takes: 405 where the path exists with another method, else 404. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RelayError } from '../shared/core/errors.ts';
import { httpRoutes } from '../shared/routes.ts';
import { allowedOrigins } from './_edge/allowed-origins.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';

const takesPages = allowedOrigins().length > 0;

async function refuse(event: APIGatewayProxyEventV2): Promise<{ statusCode: number }> {
  const { method } = event.requestContext.http;
  // Platform rule: whether the gateway answers a preflight itself where there is a `$default` route is open. Should it ask
  // here, the answer has to be a good one; the headers are the gateway's either way.
  if (takesPages && method === 'OPTIONS' && event.headers['access-control-request-method'] !== undefined) {
    return { statusCode: 204 };
  }
  const allowed = httpRoutes.filter(({ path }) => path === event.rawPath).map((route) => route.method);
  if (allowed.length > 0) {
    const allow = allowed.join(', ');
    throw new RelayError('method-not-allowed', `${method} is not taken here; use ${allow}.`, [], { allow });
  }
  throw new RelayError('not-found', 'No route of this relay has this path.');
}

export const handler = middy(refuse).use(answerProblems(makeLogger()));
