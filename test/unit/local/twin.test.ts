/**
 * The twin as a whole, over real sockets, on a small assembly: what a request, a connection and a function meet there.
 */

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { writeAssembly } from '../../support/fixture-assembly.ts';
import { FUNCTIONS } from './fixture-functions.ts';

const clock = new FakeClock();
const lines: string[] = [];
let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;

beforeAll(async () => {
  assembly = await writeAssembly({
    functions: FUNCTIONS,
    http: {
      'POST /web': 'Web',
      'GET /web': 'Web',
      'GET /unpermitted': 'Unpermitted',
      'GET /broken': 'Broken',
    },
    events: { $connect: 'Connect', $default: 'Message', $disconnect: 'Disconnect' },
    unpermitted: ['Unpermitted'],
  });
  const environment = { RELAY_WEBHOOK_TOKEN: 'secret' };
  twin = await startTwin({
    port: 0,
    environment,
    assembly: assembly.folder,
    log: (line) => lines.push(line),
    clock,
  });
});

afterAll(async () => {
  await twin.close();
  await assembly.remove();
});

const stream = (query = '') => `${twin.url.replace('http', 'ws')}/stream${query}`;

async function connect(query = '', protocols: string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(stream(query), protocols);
  await once(socket, 'open');
  return socket;
}

async function refusal(url: string): Promise<number> {
  const socket = new WebSocket(url);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  return response.statusCode;
}

async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

async function logged(part: string): Promise<void> {
  await expect.poll(() => lines.some((line) => line.includes(part))).toBe(true);
}

describe('an HTTP request', () => {
  it('becomes an event, and the result the response', async () => {
    const response = await fetch(`${twin.url}/web?a=1&a=2`, {
      method: 'POST',
      body: '{"x":1}',
      headers: { 'X-Case': 'Kept' },
    });
    const event = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(201);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /web',
      rawPath: '/web',
      rawQueryString: 'a=1&a=2',
      queryStringParameters: { a: '1,2' },
      headers: { 'x-case': 'Kept', 'x-forwarded-for': '127.0.0.1' },
      body: '{"x":1}',
      isBase64Encoded: false,
      requestContext: { requestId: response.headers.get('apigw-requestid') },
    });
  });

  it('is 200 with JSON when the result has no statusCode', async () => {
    const response = await fetch(`${twin.url}/web?do=bare`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ invocations: expect.any(Number) });
  });

  it.each(['throw', 'exit', 'loop', 'bad'])('is 500 when the function does this: %s', async (what) => {
    const response = await fetch(`${twin.url}/web?do=${what}`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
  });

  it('is 500 when API Gateway has no permission to invoke the function', async () => {
    expect((await fetch(`${twin.url}/unpermitted`)).status).toBe(500);
  });

  it('is 500 when the bundle does not load, each time', async () => {
    expect((await fetch(`${twin.url}/broken`)).status).toBe(500);
    expect((await fetch(`${twin.url}/broken`)).status).toBe(500);
  });

  it('is 404 without a route, 413 beyond 10 MB, 431 with a head beyond 10,240 bytes', async () => {
    expect((await fetch(`${twin.url}/nowhere`)).status).toBe(404);
    expect(
      (await fetch(`${twin.url}/web`, { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) })).status,
    ).toBe(413);
    expect((await fetch(`${twin.url}/web`, { headers: { 'x-long': 'x'.repeat(11_000) } })).status).toBe(431);
  });

  it('reaches the API in its plain form too', async () => {
    const response = await fetch(`${twin.url}/_aws/execute-api/${twin.outputs.HttpApiId}/web?do=bare`);
    expect(response.status).toBe(200);
  });

  it('is 426 on a WebSocket path without an upgrade', async () => {
    const response = await fetch(stream().replace('ws', 'http'));
    expect(response.status).toBe(426);
    expect(await response.json()).toEqual({ message: 'Upgrade Required' });
  });
});

describe('a Lambda environment', () => {
  it('has the variables of the template and of Lambda and none of the host', async () => {
    const env = (await (await fetch(`${twin.url}/web?do=env`)).json()) as Record<string, string>;
    expect(env.EVENTS_ENDPOINT).toBe(`${twin.awsEndpoint}/_aws/execute-api/${twin.outputs.EventsApiId}/live`);
    expect(env).toMatchObject({
      RELAY_LOCAL: '1',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Relay-Web',
    });
    expect(env).not.toHaveProperty('PATH');
  });

  it('runs one invocation at a time, and beyond 16 environments they wait', async () => {
    const begun = performance.now();
    const responses = await Promise.all(Array.from({ length: 33 }, () => fetch(`${twin.url}/web?do=sleep`)));
    expect(responses.every(({ status }) => status === 201)).toBe(true);
    expect(performance.now() - begun).toBeGreaterThan(590);
  });
});

describe('a connection', () => {
  it('exists only after $connect has returned', async () => {
    const socket = await connect('?do=post');
    await logged('{"early":410}');
    socket.close();
  });

  it('is refused with the status of $connect, and with 502 when that fails', async () => {
    expect(await refusal(stream('?status=401'))).toBe(401);
    expect(await refusal(stream('?do=throw'))).toBe(502);
  });

  it('is refused with 403 at a wrong stage or with a path, and with 404 at a path of the HTTP API', async () => {
    const plain = `${twin.url.replace('http', 'ws')}/_aws/execute-api/${twin.outputs.EventsApiId}`;
    expect(await refusal(`${plain}/test`)).toBe(403);
    expect(await refusal(`${plain}/live/further`)).toBe(403);
    expect(await refusal(`${twin.url.replace('http', 'ws')}/web`)).toBe(404);
  });

  it('gets the subprotocol that $connect chose only if the client offered it', async () => {
    const offered = await connect('', ['other', 'relay.v1']);
    expect(offered.protocol).toBe('relay.v1');
    offered.close();
    const none = await connect();
    expect(none.protocol).toBe('');
    none.close();
  });

  it('carries the translated path first and drops the one a client sends', async () => {
    const socket = await connect('?a=1&path=%2Fforged&b=2');
    const [seen] = twin.connections();
    expect(seen?.query).toEqual({ path: '/stream', a: '1', b: '2' });
    socket.close();
  });

  it('delivers messages to $default and drops what it returns', async () => {
    const socket = await connect();
    socket.send('event');
    const event = JSON.parse(await nextText(socket)) as Record<string, unknown>;
    expect(Object.keys(event).sort()).toEqual(['body', 'isBase64Encoded', 'requestContext']);
    expect(event.requestContext).toMatchObject({ routeKey: '$default', eventType: 'MESSAGE', stage: 'live' });
    socket.close();
  });

  it.each(['throw', 'hang'])(
    'gets an error frame and stays open when the function does this: %s',
    async (what) => {
      const socket = await connect();
      socket.send(what);
      expect(JSON.parse(await nextText(socket))).toMatchObject({
        message: 'Internal server error',
        connectionId: expect.stringMatching(/=$/),
        requestId: expect.any(String),
      });
      socket.send('again');
      expect(await nextText(socket)).toBe('echo again');
      socket.close();
    },
  );

  it('is closed with 1003 on a binary frame, and with 1009 on a frame beyond 32 KB', async () => {
    const binary = await connect();
    binary.send(Buffer.from([1, 2]));
    expect((await once(binary, 'close'))[0]).toBe(1003);
    const big = await connect();
    big.send('x'.repeat(33 * 1024));
    expect((await once(big, 'close'))[0]).toBe(1009);
  });

  it('takes a message of several frames up to 128 KB and sends as large a one', async () => {
    const socket = await connect();
    const chunk = 'x'.repeat(32 * 1024);
    for (const fin of [false, false, true]) socket.send(chunk, { fin });
    expect((await nextText(socket)).length).toBe('echo '.length + 3 * chunk.length);
    socket.close();
  });

  it('tells $disconnect the code and reason of the client', async () => {
    (await connect()).close(4001, 'my reason');
    await logged('{"left":4001,"reason":"my reason"}');
    (await connect()).close();
    await logged('{"left":1005,"reason":"Client-side close frame status not set"}');
    (await connect()).terminate();
    await logged('{"left":1006,"reason":""}');
  });

  it('is closed with 1001 after ten idle minutes, counting messages either way', async () => {
    const socket = await connect();
    clock.advance(9 * 60_000);
    socket.send('still here');
    await nextText(socket);
    clock.advance(9 * 60_000);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    clock.advance(60_000);
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([1001, 'Going away']);
  });

  it('can vanish without a $disconnect', async () => {
    const socket = await connect('?who=vanished');
    const seen = twin.connections().find(({ query }) => query.who === 'vanished');
    const before = lines.length;
    twin.vanish(seen?.id ?? '');
    await once(socket, 'close');
    await new Promise((next) => setTimeout(next, 100));
    expect(lines.slice(before).filter((line) => line.includes('left'))).toEqual([]);
    expect(twin.connections()).not.toContainEqual(seen);
  });
});
