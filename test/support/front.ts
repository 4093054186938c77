/**
 * A host in front of a relay, in the hand of a test: it serves pages and passes everything else on, streams and upgrades
 * included, so that a page and its relay share an origin. It cuts what runs through it, refuses upgrades, and goes away.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as open, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Page {
  readonly type: string;
  readonly body: string | Buffer;
}

export class Front {
  readonly #relay: URL;
  readonly #pages: Readonly<Record<string, Page>>;
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #passing = new Set<Duplex>();
  #port = 0;
  /** Upgrades are answered with 403, as by a proxy that knows none. */
  blocksWebSocket = false;
  /** Requests are answered with 503, as by a relay that is full. */
  refuses = false;
  /** What it took, in order: `WebSocket` for an upgrade, else the method; the path and query; the last id it came with. */
  readonly took: string[] = [];

  static async start(relayUrl: string, pages: Readonly<Record<string, Page>> = {}): Promise<Front> {
    const front = new Front(relayUrl, pages);
    await front.#listen();
    return front;
  }

  private constructor(relayUrl: string, pages: Readonly<Record<string, Page>>) {
    this.#relay = new URL(relayUrl);
    this.#pages = pages;
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, first: Buffer) =>
      this.#upgrade(request, socket, first),
    );
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Ends every connection that it passes on, without a word to either side; how many there were. */
  cut(): number {
    const cut = [...this.#passing];
    for (const socket of cut) socket.destroy();
    return cut.length;
  }

  /** Takes no connection for so long, and has cut those that there were; how many. */
  async away(ms: number): Promise<number> {
    const cut = await this.close();
    await sleep(ms);
    await this.#listen();
    return cut;
  }

  async close(): Promise<number> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    const cut = this.cut();
    this.#server.closeAllConnections();
    await closed;
    return cut;
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const page = this.#pages[new URL(request.url ?? '', this.url).pathname];
    if (page) {
      response.writeHead(200, { 'content-type': page.type, 'cache-control': 'no-store' }).end(page.body);
      return;
    }
    const { method = 'GET', headers } = request;
    this.#take(method, request);
    if (this.refuses) {
      response.writeHead(503, { 'retry-after': '1' }).end();
      return;
    }
    this.#passing.add(request.socket);
    const passed = open(new URL(request.url ?? '', this.#relay), { method, headers, agent: false });
    passed.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      pipeline(answer, response, () => passed.destroy());
    });
    // The one that is left hears of the end of the other.
    passed.on('error', () => response.destroy());
    response.once('close', () => {
      this.#passing.delete(request.socket);
      passed.destroy();
    });
    request.pipe(passed);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, first: Buffer): void {
    socket.on('error', () => undefined);
    this.#take('WebSocket', request);
    if (this.blocksWebSocket) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    this.#passing.add(socket);
    const relay = connect(Number(this.#relay.port), this.#relay.hostname);
    const lines = [`GET ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    relay.write(`${lines.join('\r\n')}\r\n\r\n`);
    relay.write(first);
    relay.on('error', () => undefined);
    relay.pipe(socket).pipe(relay);
    socket.once('close', () => {
      this.#passing.delete(socket);
      relay.destroy();
    });
    relay.once('close', () => socket.end());
  }

  #take(what: string, { url, headers }: IncomingMessage): void {
    const lastId = headers['last-event-id'];
    this.took.push(`${what} ${url}${lastId === undefined ? '' : ` ${lastId}`}`);
  }
}
