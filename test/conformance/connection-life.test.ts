/**
 * How connections end: by the client, by DELETE, by their age, by silence; and what `$disconnect` is told of it afterwards.
 */

import { once } from 'node:events';
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, expect } from 'vitest';
import { WebSocket } from 'ws';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, NPM, RFC } from './sources.ts';
import { closing, type Subject, startSubject } from './subject.ts';

const LIMITS = `${APIGW}/apigateway-execution-service-websocket-limits-table.html`;
const DISCONNECT = `${GITHUB}/aws/aws-lambda-go/blob/main/events/testdata/apigw-websocket-request-disconnect.json`;
const AWS_CODES = `${GITHUB}/aws/agent-toolkit-for-aws/blob/main/skills/core-skills/aws-serverless/references/api-gateway.md`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let subject: Subject;

beforeAll(async () => {
  subject = await startSubject({ functions: SOCKET_FUNCTIONS, http: {}, events: SOCKET_ROUTES });
});
afterAll(() => subject?.close());

async function departure(connectionId: string): Promise<[code: number, reason: string]> {
  const { code, reason } = JSON.parse(await subject.logged(`"left":"${connectionId}"`));
  return [code, reason];
}

async function lastActiveAt(who: string): Promise<number | undefined> {
  const get = new GetConnectionCommand({ ConnectionId: subject.connectionId(who) });
  return (await subject.management().send(get)).LastActiveAt?.getTime();
}

const post = (who: string) =>
  subject
    .management()
    .send(new PostToConnectionCommand({ ConnectionId: subject.connectionId(who), Data: 'x' }));

rule(
  'After DELETE `$disconnect` is told 1000 "Connection Closed Normally", and the connection is gone (410) at once.',
  { kind: 'reported', source: [`${GITHUB}/aws/chalice/issues/2060`] },
  async () => {
    const socket = await subject.connect('?who=deleted');
    const ConnectionId = subject.connectionId('deleted');
    const management = subject.management();
    await management.send(new DeleteConnectionCommand({ ConnectionId }));
    const late = management.send(new PostToConnectionCommand({ ConnectionId, Data: 'late' }));
    await expect(late).rejects.toMatchObject({ name: 'GoneException' });
    expect(await departure(ConnectionId)).toEqual([1000, 'Connection Closed Normally']);
    if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
  },
);

rule(
  'After DELETE the client sees the close code 1000.',
  {
    kind: 'open',
    source: [`${GITHUB}/aws/chalice/issues/2060`, `${GITHUB}/aws/aws-sdk-js/issues/3636`],
    otherwise: 'another code: 1000 is known from the event of `$disconnect` alone.',
  },
  async () => {
    const socket = await subject.connect('?who=told');
    const closed = closing(socket);
    const ConnectionId = subject.connectionId('told');
    await subject.management().send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await closed).toEqual([1000, 'Connection Closed Normally']);
  },
);

rule(
  'DELETE takes nothing but the connection id: neither a close code nor a reason can be chosen.',
  {
    kind: 'documented',
    source: [`${NPM}/@aws-sdk/client-apigatewaymanagementapi`, `${GITHUB}/boto/boto3/issues/3789`],
  },
  async () => {
    const socket = await subject.connect('?who=chosen');
    const closed = closing(socket);
    const input = { ConnectionId: subject.connectionId('chosen'), StatusCode: 4001, Reason: 'mine' };
    await subject.management().send(new DeleteConnectionCommand(input));
    expect((await closed)[0]).toBe(1000);
  },
);

rule(
  '`$disconnect` is told the code and the reason of the close frame that the client sent.',
  { kind: 'reported', source: [DISCONNECT, `${GITHUB}/aws/chalice/issues/2060`] },
  async () => {
    for (const [code, reason] of [
      [1001, ''],
      [4001, 'my reason'],
    ] as const) {
      const socket = await subject.connect('?who=closing');
      const id = subject.connectionId('closing');
      socket.close(code, reason);
      expect(await departure(id)).toEqual([code, reason]);
    }
  },
);

rule(
  'A close frame without a code is told as 1005 "Client-side close frame status not set".',
  { kind: 'reported', source: [`${GITHUB}/aws/chalice/issues/2060`, `${RFC}/rfc6455#section-7.1.5`] },
  async () => {
    const socket = await subject.connect('?who=wordless');
    const id = subject.connectionId('wordless');
    socket.close();
    expect(await departure(id)).toEqual([1005, 'Client-side close frame status not set']);
  },
);

rule(
  'A client that is cut off without a close frame is told as 1006 with an empty reason.',
  {
    kind: 'open',
    source: [AWS_CODES, `${RFC}/rfc6455#section-7.1.5`],
    otherwise: 'the reason is some text: the code is documented, and its text was not found.',
  },
  async () => {
    const socket = await subject.connect('?who=cut');
    const id = subject.connectionId('cut');
    socket.terminate();
    expect(await departure(id)).toEqual([1006, '']);
  },
);

rule(
  '`$disconnect` comes after the fact: the connection is gone when it runs, and its failure is told to nobody.',
  { kind: 'documented', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    const socket = await subject.connect('?who=after');
    const ConnectionId = subject.connectionId('after');
    socket.close(1000);
    await departure(ConnectionId);
    const late = subject.management().send(new PostToConnectionCommand({ ConnectionId, Data: 'late' }));
    await expect(late).rejects.toMatchObject({ name: 'GoneException' });
  },
);

rule(
  '`$disconnect` is best effort: a connection can end without one.',
  { kind: 'documented', source: [`${APIGW}/apigateway-websocket-api-route-keys-connect-disconnect.html`] },
  async () => {
    const lost = await subject.connect('?who=lost');
    const id = subject.connectionId('lost');
    subject.twin.vanish(id);
    await once(lost, 'close');
    const socket = await subject.connect('?who=other');
    const other = subject.connectionId('other');
    socket.close();
    await departure(other);
    expect(subject.lines.filter((line) => line.includes(`"left":"${id}"`))).toEqual([]);
  },
);

rule(
  'A connection is closed with 1001 after ten minutes without a message in either direction.',
  { kind: 'documented', source: [LIMITS, AWS_CODES, 'https://hotsock.io/docs/connections/keep-alive'] },
  async () => {
    const socket = await subject.connect('?who=idle');
    const closed = closing(socket);
    subject.clock.advance(9 * MINUTE);
    // A message that nothing is posted for in return.
    socket.send('silent');
    await expect.poll(() => lastActiveAt('idle'), { timeout: 10_000 }).toBe(subject.clock.now());
    subject.clock.advance(9 * MINUTE);
    await post('idle');
    subject.clock.advance(9 * MINUTE);
    expect(subject.connectionId('idle')).toMatch(/=$/);
    subject.clock.advance(MINUTE);
    expect((await closed)[0]).toBe(1001);
  },
);

rule(
  'A ping of the client does not count as a message: it does not put off the idle close.',
  {
    kind: 'open',
    source: [LIMITS, `${GITHUB}/andyrichardson/subscriptionless/issues/3`],
    otherwise: 'control frames reset the ten minutes. Whoever relies on neither sends messages.',
  },
  async () => {
    const socket = await subject.connect('?who=pinging');
    const closed = closing(socket);
    subject.clock.advance(9 * MINUTE);
    socket.ping();
    await once(socket, 'pong');
    subject.clock.advance(MINUTE);
    expect((await closed)[0]).toBe(1001);
  },
);

rule(
  'A connection is closed with 1001 after two hours, however busy it is.',
  { kind: 'documented', source: [LIMITS, AWS_CODES, 'https://hotsock.io/docs/connections/keep-alive'] },
  async () => {
    const socket = await subject.connect('?who=old');
    const id = subject.connectionId('old');
    const closed = closing(socket);
    for (let age = 0; age < 2 * HOUR - 5 * MINUTE; age += 5 * MINUTE) {
      subject.clock.advance(5 * MINUTE);
      await post('old');
    }
    expect(subject.connectionId('old')).toBe(id);
    subject.clock.advance(5 * MINUTE);
    expect((await closed)[0]).toBe(1001);
    expect((await departure(id))[0]).toBe(1001);
  },
);

rule(
  'The reason of a close by idleness or age is "Going away", for the client and for `$disconnect`.',
  {
    kind: 'open',
    source: [AWS_CODES, `${APIGW}/apigateway-websocket-api-overview.html`],
    otherwise: 'another text, or none: the code 1001 is documented, and no event with its text was found.',
  },
  async () => {
    const socket = await subject.connect('?who=going');
    const id = subject.connectionId('going');
    const closed = closing(socket);
    subject.clock.advance(10 * MINUTE);
    expect(await closed).toEqual([1001, 'Going away']);
    expect(await departure(id)).toEqual([1001, 'Going away']);
  },
);
