import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeGatewaySockets } from '../../../../../shared/adapters/gateway/sockets.ts';
import type { Sockets } from '../../../../../shared/core/ports.ts';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
  readonly authorization: string | undefined;
  readonly token: unknown;
}

let server: Server;
let endpoint: string;
let answer: number | 'hang up' = 200;
const calls: Call[] = [];
const reports: { method: string; status: number | undefined; failed: boolean }[] = [];
const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url, headers } = request;
    const body = Buffer.concat(chunks).toString();
    calls.push({
      method,
      url,
      body,
      authorization: headers.authorization,
      token: headers['x-amz-security-token'],
    });
    if (answer === 'hang up') request.socket.destroy();
    else
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{"message":"of the gateway"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`;
});

afterEach(() => {
  answer = 200;
  calls.length = 0;
  reports.length = 0;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function open(): Sockets {
  return makeGatewaySockets({
    endpoint,
    region: 'eu-central-1',
    credentials: () => credentials,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    report: (method, status, error) => void reports.push({ method, status, failed: error !== undefined }),
  });
}

const frame = '{"id":"e.1","seq":1,"text":"Grüße \u{1F600}"}';

describe('a post', () => {
  it('carries the frame to the connection, signed', async () => {
    expect(await open().post('L0SM9cOFvHcCIhw=', frame)).toBe('sent');
    expect(calls).toEqual([
      {
        method: 'POST',
        url: '/live/@connections/L0SM9cOFvHcCIhw%3D',
        body: frame,
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKID\/20260102\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[0-9a-f]{64}$/,
        ),
        token: 'token',
      },
    ]);
  });

  it.each([
    [200, 'sent'],
    [204, 'sent'],
    [410, 'gone'],
    [429, 'busy'],
  ] as const)('answered %i is %s and nothing to report', async (status, result) => {
    answer = status;
    expect(await open().post('a', frame)).toBe(result);
    expect(reports).toEqual([]);
  });

  it.each([
    [301, 'failed'],
    [400, 'failed'],
    [403, 'refused'],
    [413, 'refused'],
    [500, 'failed'],
    [503, 'failed'],
  ] as const)('answered %i is %s and is reported', async (status, result) => {
    answer = status;
    expect(await open().post('a', frame)).toBe(result);
    expect(reports).toEqual([{ method: 'POST', status, failed: false }]);
  });

  it('that is hung up on has failed and is reported', async () => {
    answer = 'hang up';
    expect(await open().post('a', frame)).toBe('failed');
    expect(reports).toEqual([{ method: 'POST', status: undefined, failed: true }]);
  });

  it('works again after a hang-up', async () => {
    const sockets = open();
    answer = 'hang up';
    await sockets.post('a', frame);
    answer = 200;
    expect(await sockets.post('a', frame)).toBe('sent');
  });

  it('has failed where nobody listens', async () => {
    const other = createServer();
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    other.close();
    await once(other, 'close');
    const here = endpoint;
    endpoint = `http://127.0.0.1:${port}/live`;
    expect(await open().post('a', frame)).toBe('failed');
    endpoint = here;
    expect(reports).toEqual([{ method: 'POST', status: undefined, failed: true }]);
  });

  it('runs beside others', async () => {
    const sockets = open();
    const ids = Array.from({ length: 300 }, (_, n) => `c${n}`);
    expect(new Set(await Promise.all(ids.map((id) => sockets.post(id, frame))))).toEqual(new Set(['sent']));
    expect(new Set(calls.map(({ url }) => url)).size).toBe(300);
  });

  it.each(['L0SM9cOFvHcCIhw=', 'a/b+c==', 'a b%20'])(
    "of %j goes to the path that the SDK's goes to",
    async (id) => {
      const sdk = new ApiGatewayManagementApiClient({ endpoint, region: 'eu-central-1', credentials });
      await sdk.send(new PostToConnectionCommand({ ConnectionId: id, Data: frame }));
      sdk.destroy();
      await open().post(id, frame);
      expect(calls[1]?.url).toBe(calls[0]?.url);
      expect(calls[1]?.body).toBe(calls[0]?.body);
    },
  );
});

describe('the question whether a socket is open', () => {
  it.each([
    [200, 'open'],
    [410, 'gone'],
    [429, 'unknown'],
    [403, 'unknown'],
    [500, 'unknown'],
    ['hang up', 'unknown'],
  ] as const)('answered %s: %s', async (status, result) => {
    answer = status;
    expect(await open().isOpen('a=')).toBe(result);
    expect(calls[0]).toMatchObject({ method: 'GET', url: '/live/@connections/a%3D', body: '' });
  });
});

describe('closing a socket', () => {
  it.each([
    [204, 'closed'],
    [410, 'gone'],
    [429, 'failed'],
    [500, 'failed'],
    ['hang up', 'failed'],
    [403, 'refused'],
  ] as const)('answered %s: %s', async (status, result) => {
    answer = status;
    expect(await open().close('a=')).toBe(result);
    expect(calls[0]).toMatchObject({ method: 'DELETE', url: '/live/@connections/a%3D', body: '' });
  });
});
