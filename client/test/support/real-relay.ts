/** A relay on a real port of this machine: WebSocket by `ws`, SSE by Node's own HTTP. It keeps a log and follows orders. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RealRelay {
  /** Whether events go out in binary frames. */
  binary: boolean;
  readonly url: string;
  readonly sse: string;
  /** What came in: handshakes (`ws` or `sse`, URL, credentials) and messages. */
  readonly seen: string[];
  /** Answers each WebSocket handshake: a status refuses it. */
  upgrade: () => number;
  publish(): void;
  /** Ends all connections: without a word, or in order. */
  cut(how: 'terminate' | 'close'): void;
  close(): Promise<void>;
}

export async function startRealRelay(): Promise<RealRelay> {
  const seen: string[] = [];
  const log: { id: string; seq: number; text: string }[] = [];
  const streams = new Set<ServerResponse>();
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'relay.v1' });
  const head = (): string => `e.${log.length}`;
  const since = (after: string | null | undefined): typeof log =>
    after ? log.slice(Number(after.split('.')[1])) : [];

  const server = createServer((request, response) => {
    const after = new URL(request.url ?? '', 'http://relay').searchParams.get('after');
    seen.push(`sse ${request.url} ${request.headers.authorization}`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`retry: 1000\nid: ${after ?? head()}\n\n`);
    for (const event of since(after)) response.write(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
  });

  function answer(socket: WebSocket, text: string): void {
    seen.push(text);
    const { action, after } = JSON.parse(text) as { action: string; after?: string };
    const say = (frame: object): void => socket.send(JSON.stringify(frame));
    if (action === 'start') say({ type: 'ready', head: head(), recovered: after ? true : null });
    if (after) say({ type: 'events', after, events: since(after), head: head(), recovered: true });
    if (action === 'ping') say({ type: 'pong', head: head() });
  }

  const relay: RealRelay = {
    url: '',
    sse: '',
    seen,
    upgrade: () => 101,
    binary: false,
    publish() {
      const seq = log.length + 1;
      const event = { id: `e.${seq}`, seq, text: `Grüße ${seq}` };
      log.push(event);
      for (const socket of sockets.clients) socket.send(JSON.stringify(event), { binary: relay.binary });
      for (const stream of streams) stream.write(`id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`);
    },
    cut(how) {
      for (const socket of sockets.clients) socket[how]();
      for (const stream of streams) how === 'close' ? stream.end() : stream.destroy();
      streams.clear();
    },
    async close() {
      relay.cut('terminate');
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) => {
    seen.push(`ws ${request.url} ${request.headers['sec-websocket-protocol']?.replaceAll(' ', '')}`);
    const status = relay.upgrade();
    if (status !== 101) {
      socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, first, (open) => {
      open.on('message', (data) => answer(open, String(data)));
      open.on('close', (code) => seen.push(`closed ${code}`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(relay, { url: `ws://127.0.0.1:${port}/stream`, sse: `http://127.0.0.1:${port}/sse` });
}
