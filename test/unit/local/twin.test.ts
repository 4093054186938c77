/**
 * What the twin does beside being API Gateway and Lambda (whose rules are test/conformance): public paths, both forms of
 * addresses, and what a developer's machine sets and limits.
 */

import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTwin, type Twin } from '../../../local/twin.ts';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from '../../conformance/functions.ts';
import { writeAssembly } from '../../support/fixture-assembly.ts';

const WEB = `exports.handler = async (event) => {
  const { do: what } = event.queryStringParameters ?? {};
  if (what === 'env') return process.env;
  if (what === 'sleep') await new Promise((done) => setTimeout(done, 200));
  return { statusCode: 201, body: process.env.AWS_ACCESS_KEY_ID };
}`;

let assembly: Awaited<ReturnType<typeof writeAssembly>>;
let twin: Twin;

beforeAll(async () => {
  assembly = await writeAssembly({
    functions: { ...SOCKET_FUNCTIONS, Web: { code: WEB } },
    http: { 'GET /web': 'Web' },
    events: SOCKET_ROUTES,
  });
  const environment = { RELAY_WEBHOOK_TOKEN: 'secret' };
  twin = await startTwin({
    port: 0,
    environment,
    assembly: assembly.folder,
  });
});

afterAll(async () => {
  await twin.close();
  await assembly.remove();
});

const stream = (query = '') => `${twin.url.replace('http', 'ws')}/stream${query}`;

async function connect(query = ''): Promise<WebSocket> {
  const socket = new WebSocket(stream(query));
  await once(socket, 'open');
  return socket;
}

describe('an HTTP request', () => {
  it('reaches the API in its plain form too', async () => {
    const response = await fetch(`${twin.url}/_aws/execute-api/${twin.outputs.HttpApiId}/web`);
    expect(response.status).toBe(201);
  });

  it('is 403 for an API that does not exist', async () => {
    const response = await fetch(`${twin.url}/_aws/execute-api/abcdefghij/web`);
    expect([response.status, await response.json()]).toEqual([403, { message: 'Forbidden' }]);
  });

  it('is 426 on a WebSocket path without an upgrade', async () => {
    const response = await fetch(stream().replace('ws', 'http'));
    expect(response.status).toBe(426);
    expect(await response.json()).toEqual({ message: 'Upgrade Required' });
  });
});

describe('a Lambda environment', () => {
  it('has the address of the twin in place of that of AWS, and nothing of the host', async () => {
    const env = (await (await fetch(`${twin.url}/web?do=env`)).json()) as Record<string, string>;
    expect(env.CONNECTIONS_ENDPOINT).toBe(
      `${twin.awsEndpoint}/_aws/execute-api/${twin.outputs.EventsApiId}/live`,
    );
    expect(env).toMatchObject({ RELAY_LOCAL: '1', AWS_ENDPOINT_URL: twin.awsEndpoint });
    expect(env).not.toHaveProperty('PATH');
  });

  it('has 15 others beside it at most: further invocations wait', async () => {
    const responses = await Promise.all(Array.from({ length: 33 }, () => fetch(`${twin.url}/web?do=sleep`)));
    expect(responses.every(({ status }) => status === 201)).toBe(true);
    const environments = await Promise.all(responses.map((response) => response.text()));
    expect(new Set(environments).size).toBeLessThanOrEqual(16);
  });
});

describe('a connection', () => {
  it('is refused with 404 at a path of the HTTP API', async () => {
    const socket = new WebSocket(`${twin.url.replace('http', 'ws')}/web`);
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(404);
  });

  it('carries the translated path first and drops the one a client sends', async () => {
    const socket = await connect('?a=1&path=%2Fforged&b=2');
    const [seen] = twin.connections();
    expect(seen?.query).toEqual({ path: '/stream', a: '1', b: '2' });
    socket.close();
  });
});
