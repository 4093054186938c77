/**
 * A host in front of a cloud whose posts arrive as binary frames, where AWS sends text: an unmodified socket.io client takes a
 * binary frame for an attachment, and a peer's frame would not come as it was sent. It opens the socket behind it first, so that a refusal keeps its status, and passes on what
 * comes as text.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';

/** Headers that are the hop's own. */
const OWN = /^(host|connection|upgrade|sec-websocket-.*)$/;
const NO_STATUS = 1005;
const NO_CLOSE_FRAME = 1006;

export class TextShim {
  readonly #server: Server = createServer((_, response) => response.writeHead(426).end());
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #targetOf: (path: string) => string;

  /** `targetOf`: the address of the socket behind a public path. */
  static async start(targetOf: (path: string) => string): Promise<TextShim> {
    const shim = new TextShim(targetOf);
    shim.#server.listen(0, '127.0.0.1');
    await once(shim.#server, 'listening');
    return shim;
  }

  private constructor(targetOf: (path: string) => string) {
    this.#targetOf = targetOf;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#upgrade(request, socket, head),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const headers = Object.entries(request.headers).filter(([name]) => !OWN.test(name));
    const behind = new WebSocket(this.#targetOf(request.url ?? ''), {
      headers: Object.fromEntries(headers),
      perMessageDeflate: false,
    });
    behind.on('error', () => socket.destroy());
    socket.on('error', () => behind.terminate());
    behind.once('unexpected-response', (_, { statusCode = 502 }: IncomingMessage) => {
      behind.terminate();
      socket.end(`HTTP/1.1 ${statusCode} Refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
    });
    // What comes before the client's side stands waits for it.
    const early: string[] = [];
    const keep = (data: Buffer) => early.push(data.toString());
    behind.on('message', keep);
    behind.once('open', () =>
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        behind.off('message', keep);
        for (const text of early) client.send(text);
        join(client, behind);
      }),
    );
  }
}

function join(client: WebSocket, behind: WebSocket): void {
  behind.on('message', (data: Buffer) => client.send(data.toString()));
  client.on('message', (data: Buffer, isBinary) => behind.send(data, { binary: isBinary }));
  client.on('error', () => behind.terminate());
  client.once('close', (code, reason) => closeLike(behind, code, reason));
  behind.once('close', (code, reason) => closeLike(client, code, reason));
}

/** As the other side has ended: with its close frame, or without one. */
function closeLike(socket: WebSocket, code: number, reason: Buffer): void {
  if (code === NO_CLOSE_FRAME) socket.terminate();
  else if (code === NO_STATUS) socket.close();
  else socket.close(code, reason);
}
