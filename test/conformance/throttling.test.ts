/**
 * The quotas of an account in a Region: how many requests and new connections API Gateway takes a second, over all APIs, and
 * what it says to those beyond. Deployed throttles are best effort and not exact to the call; the twin's are.
 */

import { GetConnectionCommand, LimitExceededException } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { WebSocket } from 'ws';
import { AWS_LIMITS } from '../../local/gateway/throttle.ts';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, NPM } from './sources.ts';
import { nextText, type Subject, startSubject } from './subject.ts';

const LIMITS = `${APIGW}/limits.html`;
const THROTTLING = `${APIGW}/http-api-throttling.html`;
const PROTECT = `${APIGW}/websocket-api-protect.html`;
const AWS_CODES = `${GITHUB}/aws/agent-toolkit-for-aws/blob/main/skills/core-skills/aws-serverless/references/api-gateway.md`;

/** Small enough to be used up; the clock stands still, so that nothing is refilled unless a rule lets time pass. */
const SMALL = { requestsPerSecond: 4, requestBurst: 6, connectionsPerSecond: 1, connectionBurst: 2 };

let subject: Subject;

beforeAll(async () => {
  const Web = { code: 'exports.handler = async () => ({ statusCode: 200 })' };
  subject = await startSubject(
    { functions: { ...SOCKET_FUNCTIONS, Web }, http: { 'GET /web': 'Web' }, events: SOCKET_ROUTES },
    { limits: SMALL },
  );
});
afterAll(() => subject?.close());

/** All buckets are full again. */
beforeEach(() => subject.clock.advance(60_000));

async function useUp(requests: number): Promise<void> {
  for (let n = 0; n < requests; n += 1) expect((await subject.web('/web')).status).toBe(200);
}

rule(
  'An account has 10,000 requests a second and 5,000 at once, and 500 new connections a second.',
  {
    kind: 'documented',
    source: [LIMITS, `${APIGW}/apigateway-execution-service-websocket-limits-table.html`],
  },
  async () => {
    expect(AWS_LIMITS).toMatchObject({
      requestsPerSecond: 10_000,
      requestBurst: 5_000,
      connectionsPerSecond: 500,
    });
  },
);

rule(
  'Of the new connections 500 may come at once.',
  { kind: 'reported', source: [`${GITHUB}/seahsky/zqhoot`] },
  async () => {
    expect(AWS_LIMITS.connectionBurst).toBe(500);
  },
);

rule(
  'A request beyond the burst is 429 `{"message":"Too Many Requests"}`; the bucket fills again at the rate, up to the burst.',
  { kind: 'documented', source: [THROTTLING] },
  async () => {
    await useUp(6);
    const refused = await subject.web('/web');
    expect([refused.status, await refused.json()]).toEqual([429, { message: 'Too Many Requests' }]);
    subject.clock.advance(500);
    await useUp(2);
    expect((await subject.web('/web')).status).toBe(429);
    subject.clock.advance(60_000);
    await useUp(6);
    expect((await subject.web('/web')).status).toBe(429);
  },
);

rule(
  'A handshake beyond the rate of new connections is refused with 429 before `$connect` runs.',
  { kind: 'reported', source: [`${GITHUB}/serverlessunicorn/ServerlessNetworkingClients/issues/3`, LIMITS] },
  async () => {
    const sockets = [await subject.connect(), await subject.connect()];
    expect((await subject.refusal(subject.socketUrl('?who=refused'))).status).toBe(429);
    expect(subject.lines.join()).not.toContain('"connect":"refused"');
    subject.clock.advance(1000);
    sockets.push(await subject.connect());
    for (const socket of sockets) socket.close();
  },
);

rule(
  'HTTP requests, handshakes, messages and calls of @connections draw on one bucket.',
  { kind: 'documented', source: [LIMITS] },
  async () => {
    const socket = await subject.connect('?who=one');
    socket.send('silent');
    await useUp(1);
    const get = new GetConnectionCommand({ ConnectionId: subject.connectionId('one') });
    await subject.management().send(get);
    await useUp(2);
    expect((await subject.web('/web')).status).toBe(429);
    expect((await subject.refusal(subject.socketUrl())).status).toBe(429);
    socket.close();
  },
);

rule(
  'A call of @connections beyond the rate is 429 LimitExceededException.',
  { kind: 'documented', source: [`${NPM}/@aws-sdk/client-apigatewaymanagementapi`, LIMITS] },
  async () => {
    await useUp(6);
    const call = subject.management().send(new GetConnectionCommand({ ConnectionId: 'any=' }));
    const error = await call.catch((reason) => reason);
    expect(error).toBeInstanceOf(LimitExceededException);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 429 } });
  },
);

rule(
  'A message beyond the rate gets a text frame with `message` "Too Many Requests", `connectionId` and `requestId`; it is lost, ' +
    'and the connection stays.',
  {
    kind: 'open',
    source: [PROTECT, AWS_CODES],
    otherwise:
      'the connection is closed with 1008, which AWS lists for too many requests; the text of such a frame was not found.',
  },
  async () => {
    const socket = await subject.connect('?who=eager');
    await useUp(5);
    socket.send('lost');
    expect(JSON.parse(await nextText(socket))).toEqual({
      message: 'Too Many Requests',
      connectionId: subject.connectionId('eager'),
      requestId: expect.stringMatching(/=$/),
    });
    expect(socket.readyState).toBe(WebSocket.OPEN);
    subject.clock.advance(1000);
    socket.send('silent');
    socket.close();
  },
);
