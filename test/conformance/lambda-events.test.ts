/**
 * The events that functions get from API Gateway, field for field: functions are written against these, and AWS adds nothing
 * and leaves nothing out.
 */

import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, expect } from 'vitest';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB } from './sources.ts';
import { nextText, type Subject, startSubject } from './subject.ts';

const GO_FIXTURES = `${GITHUB}/aws/aws-lambda-go/blob/main/events/testdata`;
const RUST_FIXTURES = `${GITHUB}/aws/aws-lambda-rust-runtime/blob/main/lambda-events/src/fixtures`;
const HTTP_FORMAT = `${APIGW}/http-api-develop-integrations-lambda.html`;

const WEB = `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })`;

let subject: Subject;

beforeAll(async () => {
  subject = await startSubject({
    functions: { ...SOCKET_FUNCTIONS, Web: { code: WEB } },
    http: { 'POST /things': 'Web', 'GET /things/{id}': 'Web', $default: 'Web' },
    events: SOCKET_ROUTES,
  });
});
afterAll(() => subject?.close());

/** The request context that all events of a connection share. */
const context = (routeKey: string, eventType: string) => ({
  routeKey,
  eventType,
  extendedRequestId: expect.stringMatching(/^[\w-]{15}=$/),
  requestTime: '14/Nov/2023:22:13:20 +0000',
  messageDirection: 'IN',
  stage: 'live',
  connectedAt: 1_700_000_000_000,
  requestTimeEpoch: 1_700_000_000_000,
  identity: { sourceIp: '127.0.0.1', userAgent: 'tool/1' },
  requestId: expect.stringMatching(/^[\w-]{15}=$/),
  domainName: `${subject.twin.outputs.EventsApiId}.execute-api.us-east-1.amazonaws.com`,
  connectionId: expect.stringMatching(/^[\w-]{15}=$/),
  apiId: subject.twin.outputs.EventsApiId,
});

const asTool = { headers: { 'User-Agent': 'tool/1' } };
const things = async (path: string, init?: RequestInit) => {
  const event: Record<string, unknown> = JSON.parse(await (await subject.web(path, init)).text());
  return event;
};

rule(
  'A CONNECT event has `headers`, `multiValueHeaders`, the two query maps when there is a query, `requestContext` and ' +
    '`isBase64Encoded`, and nothing else: no path, no method, no body, no version.',
  { kind: 'reported', source: [`${RUST_FIXTURES}/example-apigw-websocket-request-without-method.json`] },
  async () => {
    const socket = await subject.connect('?who=shape', [], asTool);
    const { event } = JSON.parse(await subject.logged('"connect":"shape"'));
    expect(event).toEqual({
      headers: expect.any(Object),
      multiValueHeaders: expect.any(Object),
      queryStringParameters: { who: 'shape' },
      multiValueQueryStringParameters: { who: ['shape'] },
      requestContext: context('$connect', 'CONNECT'),
      isBase64Encoded: false,
    });
    socket.close();
  },
);

rule(
  'Header names of a CONNECT event keep the case in which the client wrote them; `X-Forwarded-For`, `-Port`, `-Proto` and ' +
    '`X-Amzn-Trace-Id` are added, `Connection` and `Upgrade` are not among them.',
  {
    kind: 'reported',
    source: [
      `${RUST_FIXTURES}/example-apigw-websocket-request-without-method.json`,
      `${APIGW}/apigateway-websocket-api-lambda-auth.html`,
    ],
  },
  async () => {
    const headers = { 'x-Own-CASE': 'kept', 'X-Forwarded-For': '203.0.113.9', 'User-Agent': 'tool/1' };
    const socket = await subject.connect('?who=cased', ['a'], { headers }).catch(() => undefined);
    const { event } = JSON.parse(await subject.logged('"connect":"cased"'));
    expect(event.headers).toEqual({
      Host: expect.stringMatching(/^127\.0\.0\.1:/),
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': expect.stringMatching(/==$/),
      'Sec-WebSocket-Protocol': 'a',
      'x-Own-CASE': 'kept',
      'User-Agent': 'tool/1',
      'X-Forwarded-For': '203.0.113.9, 127.0.0.1',
      'X-Forwarded-Port': expect.stringMatching(/^\d+$/),
      'X-Forwarded-Proto': 'http',
      'X-Amzn-Trace-Id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    });
    expect(event.multiValueHeaders['x-Own-CASE']).toEqual(['kept']);
    expect(Object.keys(event.multiValueHeaders)).toEqual(Object.keys(event.headers));
    socket?.close();
  },
);

rule(
  'A MESSAGE event has `requestContext` with a `messageId`, `body` and `isBase64Encoded`, and nothing else: neither headers ' +
    'nor query.',
  { kind: 'reported', source: [`${GO_FIXTURES}/apigw-websocket-request-send-message.json`] },
  async () => {
    const socket = await subject.connect('', [], asTool);
    socket.send('event');
    expect(JSON.parse(await nextText(socket))).toEqual({
      requestContext: { ...context('$default', 'MESSAGE'), messageId: expect.stringMatching(/=$/) },
      body: 'event',
      isBase64Encoded: false,
    });
    socket.close();
  },
);

rule(
  'A DISCONNECT event has four headers, of which three are empty, and `disconnectStatusCode` and `disconnectReason` in its ' +
    '`requestContext`; it has no body and no query.',
  {
    kind: 'reported',
    source: [
      `${GO_FIXTURES}/apigw-websocket-request-disconnect.json`,
      `${RUST_FIXTURES}/example-apigw-websocket-request-disconnect-route.json`,
    ],
  },
  async () => {
    const socket = await subject.connect('?who=leaving', [], asTool);
    const id = subject.connectionId('leaving');
    socket.close(1001);
    const { event } = JSON.parse(await subject.logged(`"left":"${id}"`));
    const domainName = `${subject.twin.outputs.EventsApiId}.execute-api.us-east-1.amazonaws.com`;
    expect(event).toEqual({
      headers: { Host: domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
      multiValueHeaders: {
        Host: [domainName],
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
  },
);

rule(
  'All events of one connection carry its id and the time it connected; each has a request id of its own, which is also the ' +
    'extended one.',
  { kind: 'reported', source: [`${GO_FIXTURES}/apigw-websocket-request-send-message.json`] },
  async () => {
    const socket = await subject.connect('?who=same');
    const { event: connect } = JSON.parse(await subject.logged('"connect":"same"'));
    socket.send('event');
    const message = JSON.parse(await nextText(socket));
    const { requestContext: first } = connect;
    const { requestContext: second } = message;
    expect([second.connectionId, second.connectedAt]).toEqual([first.connectionId, first.connectedAt]);
    expect(first.requestId).toBe(first.extendedRequestId);
    expect(second.requestId).not.toBe(first.requestId);
    socket.close();
  },
);

rule(
  'An HTTP event (format 2.0) without query, cookies, path parameters and body has none of these fields; `rawQueryString` is ' +
    'there and empty.',
  { kind: 'documented', source: [HTTP_FORMAT] },
  async () => {
    const response = await subject.web('/other', { headers: { 'user-agent': 'tool/1' } });
    expect(JSON.parse(await response.text())).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/other',
      rawQueryString: '',
      headers: expect.objectContaining({ 'user-agent': 'tool/1', 'x-forwarded-for': '127.0.0.1' }),
      requestContext: {
        accountId: '000000000000',
        apiId: subject.twin.outputs.HttpApiId,
        domainName: `${subject.twin.outputs.HttpApiId}.execute-api.us-east-1.amazonaws.com`,
        domainPrefix: subject.twin.outputs.HttpApiId,
        http: {
          method: 'GET',
          path: '/other',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'tool/1',
        },
        requestId: response.headers.get('apigw-requestid'),
        routeKey: '$default',
        stage: '$default',
        time: '14/Nov/2023:22:13:20 +0000',
        timeEpoch: 1_700_000_000_000,
      },
      isBase64Encoded: false,
    });
  },
);

rule(
  'In an HTTP event header names are in lower case, and repeated headers and query parameters are joined by a comma.',
  { kind: 'documented', source: [HTTP_FORMAT] },
  async () => {
    const url = `${subject.twin.url}/things?a=1&b=x%20y&a=2`;
    const call = request(url, { method: 'POST', headers: { 'X-Two': ['1', '2'] } }).end();
    const [response] = await once(call, 'response');
    const text = Buffer.concat(await response.toArray()).toString();
    expect(JSON.parse(text)).toMatchObject({
      routeKey: 'POST /things',
      headers: { 'x-two': '1,2' },
      rawQueryString: 'a=1&b=x%20y&a=2',
      queryStringParameters: { a: '1,2', b: 'x y' },
    });
  },
);

rule(
  'Cookies of an HTTP event are a list of their own and no header.',
  { kind: 'documented', source: [HTTP_FORMAT] },
  async () => {
    const event = await things('/other', { headers: { cookie: 'a=1; b=2' } });
    expect(event.cookies).toEqual(['a=1', 'b=2']);
    expect(event.headers).not.toHaveProperty('cookie');
  },
);

rule(
  'Path parameters of an HTTP event are decoded; `rawPath` is as it was sent.',
  { kind: 'inferred', source: [HTTP_FORMAT, `${APIGW}/http-api-develop-routes.html`] },
  async () => {
    expect(await things('/things/a%20b')).toMatchObject({
      routeKey: 'GET /things/{id}',
      rawPath: '/things/a%20b',
      pathParameters: { id: 'a b' },
    });
  },
);

rule(
  'A body of a text type (text, JSON, XML, JavaScript, or no type at all) is given as text, one of any other type in base64.',
  {
    kind: 'inferred',
    source: ['https://aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis/'],
  },
  async () => {
    const send = (type: string) =>
      things('/things', { method: 'POST', body: 'hi', headers: { 'content-type': type } });
    for (const type of [
      'application/json; charset=utf-8',
      'text/csv',
      'application/problem+json',
      'application/xml',
    ]) {
      expect(await send(type), type).toMatchObject({ body: 'hi', isBase64Encoded: false });
    }
    for (const type of ['application/octet-stream', 'application/x-www-form-urlencoded', 'image/png']) {
      expect(await send(type), type).toMatchObject({ body: 'aGk=', isBase64Encoded: true });
    }
  },
);
