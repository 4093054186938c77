/**
 * What a client sends and what it gets: frames and their limits, the choice of a route, and API Gateway's own frames when a
 * message leads nowhere.
 */

import { once } from 'node:events';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocket } from 'ws';
import type { OnAwsCall } from '../../local/aws/call.ts';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, NPM, REPOST, RFC } from './sources.ts';
import { closing, nextText, type Subject, startSubject } from './subject.ts';

const LIMITS = `${APIGW}/apigateway-execution-service-websocket-limits-table.html`;
const KB = 1024;
const PATIENTLY = { timeout: 10_000 };

let subject: Subject;
let onAwsCall: OnAwsCall = (_, proceed) => proceed();

beforeAll(async () => {
  const fixture = { functions: SOCKET_FUNCTIONS, http: {}, events: SOCKET_ROUTES };
  subject = await startSubject(
    { ...fixture, integrationTimeouts: { $default: 4000 } },
    { onAwsCall: (call, proceed) => onAwsCall(call, proceed) },
  );
});
afterAll(() => subject?.close());

rule(
  'A static route selection expression sends every message to `$default`: what a client writes never chooses a route.',
  { kind: 'documented', source: [`${APIGW}/websocket-api-develop-routes.html`] },
  async () => {
    const socket = await subject.connect();
    for (const text of ['{"action":"$connect"}', '{"action":"other"}', 'no JSON', '']) {
      socket.send(text);
      expect(await nextText(socket)).toBe(`echo ${text}`);
    }
    socket.close();
  },
);

rule(
  'Without a matching route the client gets a text frame with `message` "Forbidden", `connectionId` and `requestId`, and ' +
    'stays connected.',
  { kind: 'reported', source: [`${GITHUB}/aws-samples/simple-websockets-chat-app/issues/24`] },
  async () => {
    const other = await startSubject({ functions: {}, http: {}, events: {} });
    const socket = await other.connect('?who=lost');
    for (let times = 0; times < 2; times += 1) {
      socket.send('anything');
      expect(JSON.parse(await nextText(socket))).toEqual({
        message: 'Forbidden',
        connectionId: other.connectionId('lost'),
        requestId: expect.stringMatching(/=$/),
      });
    }
    await other.close();
  },
);

rule(
  'When the function fails, or takes longer than its integration may, the client gets a text frame with `message` "Internal ' +
    'server error", `connectionId` and `requestId`, and stays connected.',
  { kind: 'reported', source: [`${GITHUB}/aws-samples/simple-websockets-chat-app/issues/46`] },
  async () => {
    const socket = await subject.connect('?who=unlucky');
    for (const text of ['throw', 'exit', 'hang']) {
      socket.send(text);
      expect(JSON.parse(await nextText(socket))).toEqual({
        message: 'Internal server error',
        connectionId: subject.connectionId('unlucky'),
        requestId: expect.stringMatching(/=$/),
      });
    }
    socket.send('again');
    expect(await nextText(socket)).toBe('echo again');
    socket.close();
  },
);

rule(
  'A route without a route response is one-way: what the function returns is dropped.',
  {
    kind: 'documented',
    source: [
      `${APIGW}/apigateway-websocket-api-routes-integrations.html`,
      `${APIGW}/apigateway-websocket-api-route-response.html`,
    ],
  },
  async () => {
    const socket = await subject.connect();
    socket.send('silent');
    socket.send('heard');
    expect(await nextText(socket)).toBe('echo heard');
    socket.close();
  },
);

rule(
  'Messages of one connection are invoked as they come, two at the same time in two environments.',
  {
    kind: 'inferred',
    source: [
      `${APIGW}/apigateway-websocket-api-routes-integrations.html`,
      `${REPOST}/questions/QUa2N5ZwL4QjSFuJkuI4nGcg`,
      'https://serverlessland.com/patterns/apigw-websocket-sqs-lambda',
    ],
  },
  async () => {
    const environments: string[] = [];
    let bothAreIn = () => {};
    const meeting = new Promise<void>((resolve) => {
      bothAreIn = resolve;
    });
    onAwsCall = async ({ environmentId }, proceed) => {
      if (environments.push(environmentId) === 2) bothAreIn();
      await meeting;
      return proceed();
    };
    const socket = await subject.connect();
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    socket.send('a');
    socket.send('b');
    await expect.poll(() => heard.toSorted(), PATIENTLY).toEqual(['echo a', 'echo b']);
    expect(new Set(environments).size).toBe(2);
    onAwsCall = (_, proceed) => proceed();
    socket.close();
  },
);

rule(
  'Two posts to one connection arrive in order when the second was sent after the first had been answered.',
  {
    kind: 'open',
    source: [
      `${REPOST}/questions/QUo2AXrcKYT0arTRwBNjzMdA`,
      'https://dev.to/multigrid/websocket-streaming-through-aws-api-gateway-2pbo',
    ],
    otherwise:
      'they can overtake each other: no source promises an order. Posts under way at the same time have none at all.',
  },
  async () => {
    const socket = await subject.connect('?who=ordered');
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    const ConnectionId = subject.connectionId('ordered');
    const management = subject.management();
    for (const Data of ['1', '2', '3'])
      await management.send(new PostToConnectionCommand({ ConnectionId, Data }));
    await expect.poll(() => heard, PATIENTLY).toEqual(['1', '2', '3']);
    socket.close();
  },
);

rule(
  'A frame of more than 32 KB closes the connection with 1009, and no function hears of its message.',
  { kind: 'documented', source: [LIMITS] },
  async () => {
    const fitting = await subject.connect();
    fitting.send('x'.repeat(32 * KB));
    expect(await nextText(fitting)).toHaveLength('echo '.length + 32 * KB);
    const big = await subject.connect();
    let posts = 0;
    onAwsCall = (_, proceed) => {
      posts += 1;
      return proceed();
    };
    big.send('x'.repeat(32 * KB + 1));
    expect((await closing(big))[0]).toBe(1009);
    fitting.send('later');
    await nextText(fitting);
    expect(posts).toBe(1);
    onAwsCall = (_, proceed) => proceed();
    fitting.close();
  },
);

rule(
  'A message of several frames may have 128 KB; a longer one closes the connection with 1009.',
  { kind: 'documented', source: [LIMITS] },
  async () => {
    const chunk = 'x'.repeat(32 * KB);
    const socket = await subject.connect('?who=long');
    for (const fin of [false, false, false, true]) socket.send(chunk, { fin });
    const event = once(socket, 'message');
    // The echo is longer than the message by a word, and so is itself beyond what may be posted: the function is told 413.
    socket.send('after');
    expect(String((await event)[0])).toBe('echo after');
    for (const fin of [false, false, false, false, true]) socket.send(chunk, { fin });
    expect((await closing(socket))[0]).toBe(1009);
  },
);

rule(
  'A binary frame closes the connection with 1003.',
  { kind: 'documented', source: [`${APIGW}/websocket-api-develop-binary-media-types.html`] },
  async () => {
    const socket = await subject.connect();
    socket.send(Buffer.from([1, 2]));
    expect((await closing(socket))[0]).toBe(1003);
  },
);

rule(
  'Text that is not UTF-8 closes the connection with 1007.',
  {
    kind: 'inferred',
    source: [`${RFC}/rfc6455#section-8.1`],
  },
  async () => {
    const socket = await subject.connect();
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect((await closing(socket))[0]).toBe(1007);
  },
);

rule(
  'What is posted to a connection arrives as a text frame, whatever its bytes.',
  {
    kind: 'open',
    source: [
      `${NPM}/@aws-sdk/client-apigatewaymanagementapi`,
      `${APIGW}/websocket-api-develop-binary-media-types.html`,
    ],
    otherwise:
      'some bytes go out in a binary frame: the operation has no parameter for it, and no page says that there are none.',
  },
  async () => {
    const socket = await subject.connect('?who=text');
    const arrived = once(socket, 'message');
    const Data = Buffer.from('{"a":"ü"}');
    await subject
      .management()
      .send(new PostToConnectionCommand({ ConnectionId: subject.connectionId('text'), Data }));
    const [data, isBinary] = await arrived;
    expect([String(data), isBinary]).toEqual(['{"a":"ü"}', false]);
    socket.close();
  },
);

rule(
  "A client's ping is answered with a pong of the same content.",
  {
    kind: 'open',
    source: [`${RFC}/rfc6455#section-5.5.2`, `${GITHUB}/andyrichardson/subscriptionless/issues/3`],
    otherwise:
      'it is not answered: RFC 6455 demands a pong, and no source has seen one from API Gateway, which sends no pings.',
  },
  async () => {
    const socket = await subject.connect();
    socket.ping('marco');
    const [data] = await once(socket, 'pong');
    expect(String(data)).toBe('marco');
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  },
);
