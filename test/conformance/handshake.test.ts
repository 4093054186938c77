/**
 * A client becomes a connection by an HTTP upgrade. API Gateway holds it back until the function behind `$connect` has
 * answered, and that answer decides.
 */

import { once } from 'node:events';
import { get } from 'node:http';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { OnInvoke } from '../../local/lambda/functions.ts';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, REPOST, RFC } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

/** An upgrade by hand, for what a WebSocket library would not send. */
const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

let subject: Subject;
let onInvoke: OnInvoke = (_, proceed) => proceed();

beforeAll(async () => {
  subject = await startSubject(
    { functions: SOCKET_FUNCTIONS, http: {}, events: SOCKET_ROUTES, integrationTimeouts: { $connect: 3000 } },
    { onInvoke: (invocation, proceed) => onInvoke(invocation, proceed) },
  );
});
afterAll(() => subject?.close());

rule(
  'A handshake that `$connect` refuses ends with the status that the function gave.',
  {
    kind: 'documented',
    source: [
      `${APIGW}/websocket-connect-route-subprotocol.html`,
      `${GITHUB}/dherault/serverless-offline/pull/1301`,
    ],
  },
  async () => {
    expect((await subject.refusal(subject.socketUrl('?status=401'))).status).toBe(401);
    expect((await subject.refusal(subject.socketUrl('?status=400'))).status).toBe(400);
    expect((await subject.refusal(subject.socketUrl('?status=503'))).status).toBe(503);
  },
);

rule(
  'A refused handshake has no body, whatever the function has put into its answer.',
  {
    kind: 'open',
    source: [
      `${REPOST}/questions/QUzSMpivCgTLm1zeqAri8URw`,
      `${GITHUB}/dherault/serverless-offline/pull/1301`,
    ],
    otherwise:
      'the body is passed on where the route has a route response. No browser shows it to a page either way.',
  },
  async () => {
    expect(await subject.refusal(subject.socketUrl('?status=403'))).toEqual({ status: 403, body: '' });
  },
);

rule(
  'A handshake is refused with 502 when the function behind `$connect` throws, answers something without a status code, or ' +
    'takes longer than its integration may.',
  {
    kind: 'reported',
    source: [
      `${GITHUB}/serverless/serverless-websockets-plugin/issues/13`,
      `${GITHUB}/michalkvasnicak/aws-lambda-graphql/issues/107`,
    ],
  },
  async () => {
    expect((await subject.refusal(subject.socketUrl('?do=throw'))).status).toBe(502);
    expect((await subject.refusal(subject.socketUrl('?do=nonsense'))).status).toBe(502);
    expect((await subject.refusal(subject.socketUrl('?do=hang'))).status).toBe(502);
  },
);

rule(
  'A handshake is refused with 502 when API Gateway may not invoke the function behind `$connect`.',
  { kind: 'inferred', source: [`${APIGW}/apigateway-websocket-api-integration-requests.html`] },
  async () => {
    const fixture = {
      functions: SOCKET_FUNCTIONS,
      http: {},
      events: SOCKET_ROUTES,
      unpermitted: ['Connect'],
    };
    const other = await startSubject(fixture);
    expect((await other.refusal(other.socketUrl())).status).toBe(502);
    await other.close();
  },
);

rule(
  'Without a `$connect` route every handshake is accepted.',
  { kind: 'documented', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    const other = await startSubject({ functions: {}, http: {}, events: {} });
    const socket = await other.connect();
    expect(socket.readyState).toBe(WebSocket.OPEN);
    await other.close();
  },
);

rule(
  'A post to a connection whose `$connect` has not returned yet is 410 Gone, even when it comes from that very function.',
  {
    kind: 'documented',
    source: [
      `${REPOST}/knowledge-center/410-gone-api-gateway`,
      'https://qiita.com/Nacchiman/items/9815e96ecca173734055',
    ],
  },
  async () => {
    const socket = await subject.connect('?do=post');
    expect(await subject.logged('"early"')).toBe('{"early":410}');
    socket.close();
  },
);

rule(
  'A client that leaves while `$connect` runs never was a connection: there is no `$disconnect` for it.',
  { kind: 'inferred', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    onInvoke = async (_, proceed) => {
      const result = await proceed();
      await held;
      return result;
    };
    const socket = new WebSocket(subject.socketUrl('?who=hasty'));
    socket.on('error', () => {});
    const { event } = JSON.parse(await subject.logged('"connect":"hasty"'));
    socket.terminate();
    // Long enough for the gateway to hear of it.
    await new Promise((next) => setTimeout(next, 500));
    release();
    onInvoke = (_, proceed) => proceed();
    const later = await subject.connect('?who=later');
    const id = subject.connectionId('later');
    later.close();
    await subject.logged(`"left":"${id}"`);
    const { connectionId } = event.requestContext;
    expect(subject.twin.connections().map(({ id }) => id)).not.toContain(connectionId);
    expect(subject.lines.join()).not.toContain(`"left":"${connectionId}"`);
  },
);

rule(
  'A refused handshake is not followed by a `$disconnect`.',
  { kind: 'inferred', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    await subject.refusal(subject.socketUrl('?who=refused&status=401'));
    const { event } = JSON.parse(await subject.logged('"connect":"refused"'));
    const socket = await subject.connect('?who=accepted');
    const accepted = subject.connectionId('accepted');
    socket.close();
    await subject.logged(`"left":"${accepted}"`);
    expect(subject.lines.join()).not.toContain(`"left":"${event.requestContext.connectionId}"`);
  },
);

rule(
  'A stage that the API does not have is 403, and so is any path after the stage: a WebSocket API has no paths.',
  {
    kind: 'reported',
    source: [
      'https://robanderson.dev/blog/cloudfront-url-transform.html',
      `${REPOST}/questions/QU1a_GKPBCQva6RL1R10PCkQ`,
      `${APIGW}/apigateway-websocket-api-lambda-auth.html`,
    ],
  },
  async () => {
    const forbidden = { status: 403, body: '{"message":"Forbidden"}' };
    expect(await subject.refusal(subject.socketUrl('', 'test'))).toEqual(forbidden);
    expect(await subject.refusal(subject.socketUrl('', 'live/further'))).toEqual(forbidden);
  },
);

rule(
  'The query string of the handshake reaches `$connect` in two maps: one has the last of repeated values, the other all.',
  {
    kind: 'reported',
    source: ['https://robanderson.dev/blog/cloudfront-url-transform.html'],
  },
  async () => {
    const socket = await subject.connect('?who=asking&path=%2Fa%2Fb&n=1&n=2');
    const { event } = JSON.parse(await subject.logged('"connect":"asking"'));
    expect(event.queryStringParameters).toEqual({ who: 'asking', path: '/a/b', n: '2' });
    expect(event.multiValueQueryStringParameters).toEqual({ who: ['asking'], path: ['/a/b'], n: ['1', '2'] });
    socket.close();
  },
);

rule(
  'Without a query string both of its maps are absent, not empty.',
  {
    kind: 'reported',
    source: [
      `${GITHUB}/aws/aws-lambda-rust-runtime/blob/main/lambda-events/src/fixtures/example-apigw-websocket-request-without-method.json`,
    ],
  },
  async () => {
    const from = subject.lines.length;
    const socket = await subject.connect();
    const { event } = JSON.parse(await subject.logged('"eventType":"CONNECT"', from));
    expect(Object.keys(event)).not.toContain('queryStringParameters');
    expect(Object.keys(event)).not.toContain('multiValueQueryStringParameters');
    socket.close();
  },
);

rule(
  'The client gets the subprotocol that `$connect` names in its answer, if it has offered it; the offers are a list with ' +
    'blanks in it.',
  {
    kind: 'documented',
    source: [
      `${APIGW}/websocket-connect-route-subprotocol.html`,
      'https://aws.amazon.com/about-aws/whats-new/2020/06/amazon-api-gateway-allows-subprotocols-on-websocket-api-connection/',
    ],
  },
  async () => {
    const headers = { ...HANDSHAKE, 'Sec-WebSocket-Protocol': 'other,  relay.v1 ,third' };
    const request = get(subject.socketUrl('?protocol=relay.v1').replace('ws', 'http'), { headers });
    const [response, socket] = await once(request, 'upgrade');
    expect(response.headers['sec-websocket-protocol']).toBe('relay.v1');
    socket.destroy();
    const offered = await subject.connect('?protocol=relay.v1', ['other', 'relay.v1']);
    expect(offered.protocol).toBe('relay.v1');
    offered.close();
  },
);

rule(
  'API Gateway chooses no subprotocol by itself: without one in the answer of `$connect` the handshake goes on without.',
  {
    kind: 'documented',
    source: [`${APIGW}/websocket-connect-route-subprotocol.html`, `${RFC}/rfc6455#section-4.2.2`],
  },
  async () => {
    const failure = subject.connect('', ['relay.v1']);
    await expect(failure).rejects.toThrow('Server sent no subprotocol');
  },
);

rule(
  'A subprotocol that the client has not offered is left out of the answer.',
  {
    kind: 'open',
    source: [`${APIGW}/websocket-connect-route-subprotocol.html`, `${RFC}/rfc6455#section-4.2.2`],
    otherwise: 'it is sent as the function gave it, and the client fails the connection as RFC 6455 has it.',
  },
  async () => {
    const socket = await subject.connect('?protocol=relay.v1');
    expect(socket.protocol).toBe('');
    socket.close();
  },
);

rule(
  'An address of more than 4,096 characters is refused with 400.',
  {
    kind: 'open',
    source: [`${APIGW}/apigateway-execution-service-websocket-limits-table.html`],
    otherwise: 'another status, such as 414: the limit is documented and its status is not.',
  },
  async () => {
    expect((await subject.refusal(subject.socketUrl(`?long=${'x'.repeat(4096)}`))).status).toBe(400);
  },
);

rule(
  'A request that is no WebSocket handshake never reaches `$connect`: a plain GET is 426, an upgrade without a key is 400.',
  {
    kind: 'open',
    source: [`${RFC}/rfc6455#section-4.2.1`],
    otherwise:
      'another status, such as the 403 that API Gateway gives to other requests that lead nowhere: no source tells.',
  },
  async () => {
    const from = subject.lines.length;
    const plain = await fetch(subject.socketUrl().replace('ws', 'http'));
    expect(plain.status).toBe(426);
    const { 'Sec-WebSocket-Key': _, ...headers } = HANDSHAKE;
    const keyless = get(subject.socketUrl().replace('ws', 'http'), { headers });
    const [response] = await once(keyless, 'response');
    expect(response.statusCode).toBe(400);
    response.resume();
    expect(subject.lines.slice(from).filter((line) => line.includes('{"connect"'))).toEqual([]);
  },
);

rule(
  'A handshake is held open until `$connect` has answered; the connection exists from then on.',
  { kind: 'documented', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    let seen: number | undefined;
    onInvoke = async (_, proceed) => {
      const result = await proceed();
      seen = subject.twin.connections().filter(({ query }) => query.who === 'held').length;
      return result;
    };
    const socket = new WebSocket(subject.socketUrl('?who=held'));
    await once(socket, 'open');
    expect(seen).toBe(0);
    expect(subject.connectionId('held')).toMatch(/=$/);
    socket.close();
    onInvoke = (_, proceed) => proceed();
  },
);
