/**
 * The shapes of the events, field for field: functions are written against these, and AWS adds nothing and leaves nothing out.
 */

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { makeHttpEvent } from '../../../../local/gateway/http-event.ts';
import {
  makeConnectEvent,
  makeDisconnectEvent,
  makeMessageEvent,
} from '../../../../local/gateway/websocket-event.ts';

const NOW = 1_700_000_000_000;
const facts = {
  id: 'R1kmxc2VNjMCFIA=',
  apiId: 'abcdefghij',
  stage: 'live',
  connectedAt: NOW - 5,
  sourceIp: '192.0.2.1',
  userAgent: 'tool/1',
};

/** A request as Node parses it: names in lower case in one place, as sent in the other. */
function makeRequest(headers: [string, string][], method = 'GET'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.method = method;
  request.httpVersion = '1.1';
  request.rawHeaders = headers.flat();
  request.headers = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
  return request;
}

const context = (routeKey: string, eventType: string) => ({
  routeKey,
  eventType,
  extendedRequestId: expect.stringMatching(/^.{15}=$/),
  requestTime: '14/Nov/2023:22:13:20 +0000',
  messageDirection: 'IN',
  stage: 'live',
  connectedAt: NOW - 5,
  requestTimeEpoch: NOW,
  identity: { sourceIp: '192.0.2.1', userAgent: 'tool/1' },
  requestId: expect.stringMatching(/^.{15}=$/),
  domainName: 'abcdefghij.execute-api.us-east-1.amazonaws.com',
  connectionId: 'R1kmxc2VNjMCFIA=',
  apiId: 'abcdefghij',
});

describe('a CONNECT event', () => {
  const request = makeRequest([
    ['Host', 'relay'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Key', 'k'],
    ['X-Two', '1'],
    ['X-Two', '2'],
    ['x-forwarded-for', '203.0.113.9'],
  ]);

  it('has headers in their own case and no query maps without a query', () => {
    const event = makeConnectEvent(facts, request, '', NOW);
    expect(event).toEqual({
      headers: expect.objectContaining({ Host: 'relay', 'Sec-WebSocket-Key': 'k', 'X-Two': '2' }),
      multiValueHeaders: expect.objectContaining({ 'X-Two': ['1', '2'] }),
      requestContext: context('$connect', 'CONNECT'),
      isBase64Encoded: false,
    });
    expect(event.headers).not.toHaveProperty('Upgrade');
    expect(event.headers).toMatchObject({ 'X-Forwarded-For': expect.stringContaining('203.0.113.9, ') });
  });

  it('has both query maps with a query', () => {
    expect(makeConnectEvent(facts, request, 'path=%2Fstream&a=1&a=2', NOW)).toMatchObject({
      queryStringParameters: { path: '/stream', a: '2' },
      multiValueQueryStringParameters: { path: ['/stream'], a: ['1', '2'] },
    });
  });
});

describe('a MESSAGE event', () => {
  it('has a body and a message id, and neither headers nor query', () => {
    expect(makeMessageEvent(facts, '$default', 'hi', NOW)).toEqual({
      requestContext: { ...context('$default', 'MESSAGE'), messageId: expect.stringMatching(/=$/) },
      body: 'hi',
      isBase64Encoded: false,
    });
  });
});

describe('a DISCONNECT event', () => {
  it('has code and reason and four headers', () => {
    const event = makeDisconnectEvent(facts, { code: 1001, reason: '' }, NOW);
    expect(event).toEqual({
      headers: { Host: context('', '').domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: {
        Host: [context('', '').domainName],
        'x-api-key': [''],
        'X-Forwarded-For': [''],
        'x-restapi': [''],
      },
      requestContext: {
        ...context('$disconnect', 'DISCONNECT'),
        disconnectStatusCode: 1001,
        disconnectReason: '',
      },
      isBase64Encoded: false,
    });
  });
});

describe('an HTTP event', () => {
  const match = { route: { key: 'POST /a', functionArn: '', timeoutMs: 1 }, pathParameters: undefined };
  const make = (headers: [string, string][], query = '', body = '') =>
    makeHttpEvent({
      request: makeRequest(headers, 'POST'),
      apiId: 'abcdefghij',
      path: '/a',
      query,
      body: Buffer.from(body),
      match,
      now: NOW,
      requestId: 'id=',
    });

  it('has lower-case headers, repeated ones joined, and cookies apart', () => {
    const event = make([
      ['X-Two', '1'],
      ['x-two', '2'],
      ['Cookie', 'a=1; b=2'],
    ]);
    expect(event.headers).toMatchObject({ 'x-two': '1,2' });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.cookies).toEqual(['a=1', 'b=2']);
  });

  it('has no parameters, cookies or body where there are none', () => {
    expect(Object.keys(make([])).sort()).toEqual([
      'headers',
      'isBase64Encoded',
      'rawPath',
      'rawQueryString',
      'requestContext',
      'routeKey',
      'version',
    ]);
  });

  it('joins repeated parameters with a comma', () => {
    expect(make([], 'a=1&b=x%20y&a=2')).toMatchObject({
      rawQueryString: 'a=1&b=x%20y&a=2',
      queryStringParameters: { a: '1,2', b: 'x y' },
    });
  });

  it.each([
    ['application/json; charset=utf-8', false],
    ['text/csv', false],
    ['application/problem+json', false],
    ['application/octet-stream', true],
    ['application/x-www-form-urlencoded', true],
  ])('with a body of type %s is in base64: %s', (type, isBase64Encoded) => {
    const body = isBase64Encoded ? Buffer.from('hi').toString('base64') : 'hi';
    expect(make([['Content-Type', type]], '', 'hi')).toMatchObject({ body, isBase64Encoded });
  });
});
