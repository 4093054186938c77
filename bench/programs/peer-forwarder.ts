/**
 * The least that a relay between two peers can be: one process that pairs two sockets by their path and hands each frame over. It
 * asks nobody for a token and meters nothing; it is what the twin's peers are measured against.
 */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { cpuSpent, serve } from '../child.ts';

const waiting = new Map<string, WebSocket>();

function join(one: WebSocket, other: WebSocket): void {
  one.on('message', (data, isBinary) => other.send(data, { binary: isBinary }));
  one.on('close', () => other.close());
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket, { url = '' }) => {
  const { pathname } = new URL(url, 'http://localhost');
  const first = waiting.get(pathname);
  if (!first) {
    waiting.set(pathname, socket);
    return;
  }
  waiting.delete(pathname);
  join(first, socket);
  join(socket, first);
});

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  serve(
    `http://127.0.0.1:${port}`,
    async () => cpuSpent(),
    async () => {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  );
});
