/**
 * What no route of the HTTP API takes: 405 where the path exists with another method, else 404. And Socket.IO's long-polling,
 * which is refused in words that its clients understand.
 */
import { randomBytes } from 'node:crypto';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RelayError } from '../shared/core/errors.ts';
import { isOfTemplate } from '../shared/edge/path-template.ts';
import { isSocketIoPath } from '../shared/edge/public-path.ts';
import { httpRoutes } from '../shared/routes.ts';
import { answerPolling } from '../shared/wire/polling.ts';
import { allowedOrigins } from './_edge/allowed-origins.ts';
import { answerProblems } from './_edge/answer-problems.ts';
import { makeLogger } from './_edge/logger.ts';

const takesPages = allowedOrigins().length > 0;

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function refuse(event: APIGatewayProxyEventV2): Promise<Answer> {
  const { method } = event.requestContext.http;
  // Platform rule: whether the gateway answers a preflight itself where there is a `$default` route is open. Should it ask
  // here, the answer has to be a good one; the headers are the gateway's either way.
  if (takesPages && method === 'OPTIONS' && event.headers['access-control-request-method'] !== undefined) {
    return { statusCode: 204 };
  }
  const isSocketIo = isSocketIoPath(event.rawPath);
  if (isSocketIo && (method === 'GET' || method === 'POST')) return refusePolling(event, method);
  const routes = httpRoutes.filter(({ path }) => isOfTemplate(path, event.rawPath));
  const allowed = isSocketIo ? ['GET', 'POST'] : routes.map((route) => route.method);
  if (allowed.length > 0) {
    const allow = allowed.join(', ');
    throw new RelayError('method-not-allowed', `${method} is not taken here; use ${allow}.`, [], { allow });
  }
  throw new RelayError('not-found', 'No route of this relay has this path.');
}

function refusePolling(event: APIGatewayProxyEventV2, method: 'GET' | 'POST'): Answer {
  const query = event.queryStringParameters ?? {};
  const { status, type, body } = answerPolling({ method, query }, randomBytes(15).toString('base64url'));
  // A session's name is nobody else's: nothing on the way may keep the answer.
  return { statusCode: status, headers: { 'content-type': type, 'cache-control': 'no-store' }, body };
}

export const handler = middy(refuse).use(answerProblems(makeLogger()));
