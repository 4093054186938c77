/** What no route of the HTTP API takes: 405 where the path exists with another method, else 404. */
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RelayError } from '../shared/core/errors.ts';
import { httpRoutes } from '../shared/routes.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';

async function refuse(event: APIGatewayProxyEventV2): Promise<never> {
  const { method } = event.requestContext.http;
  const allowed = httpRoutes.filter(({ path }) => path === event.rawPath).map((route) => route.method);
  if (allowed.length > 0) {
    const allow = allowed.join(', ');
    throw new RelayError('method-not-allowed', `${method} is not taken here; use ${allow}.`, [], { allow });
  }
  throw new RelayError('not-found', 'No route of this relay has this path.');
}

export const handler = middy(refuse).use(answerProblems(makeLogger()));
