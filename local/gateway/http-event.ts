/**
 * The event of an HTTP API or of a function URL, payload format 2.0: header names in lower case, repeated headers and query parameters joined by a
 * comma, cookies apart. What is not there is absent, not empty, except `rawQueryString`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */

import type { IncomingMessage } from 'node:http';
import { newTraceId, toRequestTime } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { RouteMatch } from './http-routes.ts';
import { toForwardableHeaders, toForwardedHeaders, toSourceIp } from './source.ts';

export interface HttpRequest {
  request: IncomingMessage;
  accountId: string;
  /** The id of the API or of the URL, and the host name that it has at AWS. */
  apiId: string;
  domainName: string;
  path: string;
  query: string;
  body: Buffer;
  match: RouteMatch;
  now: number;
  requestId: string;
}

/** Media types whose bodies arrive as text; all others are given in base64. */
const TEXT_TYPES = /^(text\/.*|application\/(json|javascript|xml|.+\+json|.+\+xml))$/;

export function makeHttpEvent({
  request,
  accountId,
  apiId,
  domainName,
  path,
  query,
  body,
  match,
  now,
  requestId,
}: HttpRequest): JsonObject {
  const headers = joinHeaders(request);
  const routeKey = match.route.key;
  const isText = isTextType(headers['content-type']);
  const cookies = request.headers.cookie?.split(/; */).filter((cookie) => cookie !== '');
  const parameters = joinParameters(query);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    ...(parameters && { queryStringParameters: parameters }),
    requestContext: {
      accountId,
      apiId,
      domainName,
      domainPrefix: apiId,
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: toSourceIp(request),
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: toRequestTime(now),
      timeEpoch: now,
    },
    ...(match.pathParameters && { pathParameters: match.pathParameters }),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** No content type means text/plain to API Gateway, as it means to a browser. */
function isTextType(contentType = 'text/plain'): boolean {
  const [type = ''] = contentType.split(';');
  return TEXT_TYPES.test(type.trim().toLowerCase());
}

function joinHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  const all = [
    ...toForwardableHeaders(request),
    ...toForwardedHeaders(request),
    ['X-Amzn-Trace-Id', newTraceId()] as const,
  ];
  for (const [name, value] of all) {
    const key = name.toLowerCase();
    if (key === 'cookie') continue;
    headers[key] = key in headers ? `${headers[key]},${value}` : value;
  }
  return headers;
}

function joinParameters(query: string): Record<string, string> | undefined {
  if (query === '') return undefined;
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = name in parameters ? `${parameters[name]},${value}` : value;
  }
  return parameters;
}
