/**
 * The three events of a WebSocket API with Lambda proxy integration. They are leaner than one expects: a MESSAGE has neither
 * headers nor query, a DISCONNECT has four headers of which three are empty, nothing has a path. Header names keep the case in
 * which they arrived. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */

import type { IncomingMessage } from 'node:http';
import { newGatewayId, newTraceId, REGION, toRequestTime } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import type { Departure } from './close-codes.ts';
import { toForwardableHeaders, toForwardedHeaders } from './source.ts';

/** What all events of one connection have in common. */
export interface ConnectionFacts {
  id: string;
  apiId: string;
  stage: string;
  connectedAt: number;
  sourceIp: string;
  userAgent: string | undefined;
}

type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

export function makeConnectEvent(
  facts: ConnectionFacts,
  request: IncomingMessage,
  query: string,
  now: number,
): JsonObject {
  const headers = [
    ...toForwardableHeaders(request),
    ...toForwardedHeaders(request),
    ['X-Amzn-Trace-Id', newTraceId()] as const,
  ];
  // Both query maps are absent without a query, which is why every function guards against it.
  const parameters = [...new URLSearchParams(query)];
  return {
    headers: lastOfEach(headers),
    multiValueHeaders: allOfEach(headers),
    ...(parameters.length > 0 && {
      queryStringParameters: lastOfEach(parameters),
      multiValueQueryStringParameters: allOfEach(parameters),
    }),
    requestContext: makeContext(facts, '$connect', 'CONNECT', now),
    isBase64Encoded: false,
  };
}

export function makeMessageEvent(
  facts: ConnectionFacts,
  routeKey: string,
  body: string,
  now: number,
): JsonObject {
  const context = makeContext(facts, routeKey, 'MESSAGE', now);
  return { requestContext: { ...context, messageId: newGatewayId() }, body, isBase64Encoded: false };
}

export function makeDisconnectEvent(
  facts: ConnectionFacts,
  { code, reason }: Departure,
  now: number,
): JsonObject {
  const headers: [string, string][] = [
    ['Host', toDomainName(facts.apiId)],
    ['x-api-key', ''],
    ['X-Forwarded-For', ''],
    ['x-restapi', ''],
  ];
  const context = makeContext(facts, '$disconnect', 'DISCONNECT', now);
  return {
    headers: lastOfEach(headers),
    multiValueHeaders: allOfEach(headers),
    requestContext: { ...context, disconnectStatusCode: code, disconnectReason: reason },
    isBase64Encoded: false,
  };
}

function makeContext(facts: ConnectionFacts, routeKey: string, eventType: EventType, now: number) {
  const requestId = newGatewayId();
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: toRequestTime(now),
    messageDirection: 'IN',
    stage: facts.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: now,
    identity: {
      sourceIp: facts.sourceIp,
      ...(facts.userAgent !== undefined && { userAgent: facts.userAgent }),
    },
    requestId,
    domainName: toDomainName(facts.apiId),
    connectionId: facts.id,
    apiId: facts.apiId,
  };
}

function toDomainName(apiId: string): string {
  return `${apiId}.execute-api.${REGION}.amazonaws.com`;
}

type Pairs = (readonly [name: string, value: string])[];

function lastOfEach(pairs: Pairs): Record<string, string> {
  return Object.fromEntries(pairs);
}

function allOfEach(pairs: Pairs): Record<string, string[]> {
  const all: Record<string, string[]> = Object.create(null);
  for (const [name, value] of pairs) {
    const values = all[name] ?? [];
    values.push(value);
    all[name] = values;
  }
  return all;
}
