/**
 * The least that a relay of live events can be: one process that checks the token, parses the body and sends each event
 * to its tenant's sockets. It keeps nothing, so it loses what a socket misses; it is what the twin is measured against.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { cpuSpent, serve } from '../child.ts';

const [token = ''] = process.argv.slice(2);
const tenants = new Map<string, Set<WebSocket>>();
let seq = 0;

interface Event {
  readonly tenant: string;
}

function publish(body: string): string[] {
  const parsed: Event | Event[] = JSON.parse(body);
  return [parsed].flat().map((event) => {
    seq += 1;
    const id = String(seq);
    const frame = JSON.stringify({ ...event, id, seq });
    for (const socket of tenants.get(event.tenant) ?? []) socket.send(frame);
    return id;
  });
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const server = createServer(async (request, response) => {
  const body = await readBody(request);
  const isAllowed = request.headers['x-relay-token'] === token;
  const answer = isAllowed ? { ok: true, ids: publish(body) } : { ok: false };
  response.writeHead(isAllowed ? 202 : 401, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer));
});

const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
webSockets.on('connection', (socket, request) => {
  const tenant = new URL(request.url ?? '', 'http://localhost').searchParams.get('tenant') ?? '';
  const sockets = tenants.get(tenant) ?? new Set();
  tenants.set(tenant, sockets.add(socket));
  socket.on('close', () => sockets.delete(socket));
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const { port } = server.address() as AddressInfo;
  serve(
    `http://127.0.0.1:${port}`,
    async () => cpuSpent(),
    async () => {
      for (const socket of webSockets.clients) socket.terminate();
      server.close();
    },
  );
});
