/**
 * What the rules are tried on: the twin, with a small stack on it and a clock that the rules move. Each file starts one and
 * ends it.
 */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { type ClientOptions, WebSocket } from 'ws';
import { startTwin, type Twin, type TwinOptions } from '../../local/twin.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Fixture, writeAssembly } from '../support/fixture-assembly.ts';
import { until } from '../support/until.ts';

export interface Refusal {
  status: number;
  body: string;
}

export class Subject {
  readonly twin: Twin;
  readonly clock: FakeClock;
  /** What the functions have written, and what the twin has about them. */
  readonly lines: string[];
  readonly folder: string;
  readonly #remove: () => Promise<void>;

  constructor(twin: Twin, clock: FakeClock, lines: string[], folder: string, remove: () => Promise<void>) {
    this.twin = twin;
    this.clock = clock;
    this.lines = lines;
    this.folder = folder;
    this.#remove = remove;
  }

  async close(): Promise<void> {
    await this.twin.close();
    await this.#remove();
  }

  /** A WebSocket API has no paths: the address is its stage. */
  socketUrl(query = '', stage = 'live'): string {
    const { url, outputs } = this.twin;
    return `${url.replace('http', 'ws')}/_aws/execute-api/${outputs.EventsApiId}/${stage}${query}`;
  }

  async connect(query = '', protocols: string[] = [], options: ClientOptions = {}): Promise<WebSocket> {
    const socket = new WebSocket(this.socketUrl(query), protocols, { perMessageDeflate: false, ...options });
    await once(socket, 'open');
    return socket;
  }

  /** The answer to a handshake that is refused. */
  refusal(url: string, options: ClientOptions = {}): Promise<Refusal> {
    const socket = new WebSocket(url, options);
    return new Promise((done, fail) => {
      socket.on('error', fail);
      socket.on('open', () => fail(new Error(`${url} was expected to refuse and opened`)));
      socket.on('unexpected-response', (_, response) => readRefusal(response).then(done, fail));
    });
  }

  /** The open connection that was asked for with `?who=<name>`. */
  connectionId(who: string): string {
    const found = this.twin.connections().find(({ query }) => query.who === who);
    if (!found) throw new Error(`no open connection has ?who=${who}`);
    return found.id;
  }

  /** The first log line with this in it, once it is there. */
  logged(part: string, from = 0): Promise<string> {
    return until(`a log line with ${part}`, () => this.lines.slice(from).find((line) => line.includes(part)));
  }

  web(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.twin.url}${path}`, init);
  }

  management(stage = 'live', apiId = this.twin.outputs.EventsApiId): ApiGatewayManagementApiClient {
    const endpoint = `${this.twin.awsEndpoint}/_aws/execute-api/${apiId}/${stage}`;
    return new ApiGatewayManagementApiClient({ ...this.#sdk(), endpoint });
  }

  lambda(): LambdaClient {
    return new LambdaClient({ ...this.#sdk(), endpoint: this.twin.awsEndpoint });
  }

  #sdk() {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return { region: 'us-east-1', credentials, maxAttempts: 1 };
  }
}

export async function startSubject(fixture: Fixture, options: Partial<TwinOptions> = {}): Promise<Subject> {
  const { folder, remove } = await writeAssembly(fixture);
  const clock = new FakeClock();
  const lines: string[] = [];
  const twin = await startTwin({
    port: 0,
    environment: { RELAY_WEBHOOK_TOKEN: 'secret' },
    assembly: folder,
    log: (line) => lines.push(line),
    clock,
    ...options,
  }).catch(async (error) => {
    await remove();
    throw error;
  });
  await twin.warm();
  return new Subject(twin, clock, lines, folder, remove);
}

export async function nextText(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message');
  return String(data);
}

export async function closing(socket: WebSocket): Promise<[code: number, reason: string]> {
  const [code, reason] = await once(socket, 'close');
  return [code, String(reason)];
}

async function readRefusal(response: IncomingMessage): Promise<Refusal> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
}
