import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { TextShim } from '../../support/clouds/text-shim.ts';
import { SocketClient } from '../../support/socket-client.ts';

const server = createServer();
const behind = new WebSocketServer({ noServer: true });
let shim: TextShim;
const took: string[] = [];

/** Refuses `/refused`; else it says something in binary, echoes, and ends as it is told. */
beforeAll(async () => {
  server.on('upgrade', (request, socket, head) => {
    took.push(`${request.url} ${request.headers.authorization ?? ''}`);
    if (request.url?.startsWith('/refused')) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    behind.handleUpgrade(request, socket, head, (client: WebSocket) => {
      client.send(Buffer.from('{"id":"first"}'));
      client.on('message', (data, isBinary) => {
        const text = data.toString();
        if (text === 'end') client.close(4001, 'as told');
        else client.send(Buffer.from(JSON.stringify({ id: text, isBinary })));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  shim = await TextShim.start((path) => `ws://127.0.0.1:${port}${path}`);
});
afterAll(async () => {
  await shim.close();
  server.close();
});

const open = (path: string, headers = {}) =>
  new SocketClient(`${shim.url.replace('http', 'ws')}${path}`, headers);

test('what is posted in binary arrives, the first frame included, and what a client says is text', async () => {
  const client = open('/socket.io/?EIO=4', { authorization: 'Bearer x' });
  await client.opened();
  client.send('hello');
  expect(await client.frames(2)).toEqual([{ id: 'first' }, { id: 'hello', isBinary: false }]);
  expect(took).toContain('/socket.io/?EIO=4 Bearer x');
  await client.close();
});

test('a close keeps its code', async () => {
  const client = open('/');
  await client.frames(1);
  client.send('end');
  expect(await client.closed()).toEqual({ code: 4001, reason: 'as told' });
});

test('a refusal keeps its status', async () => {
  expect((await open('/refused').refused()).status).toBe(403);
});
