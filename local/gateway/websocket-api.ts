/**
 * The WebSocket API. Three platform rules shape it: the connection exists only once the function behind $connect has answered
 * (a post before that is 410); messages are invoked as they come, two of one connection at the same time; and $disconnect is
 * told after the fact, with nobody left to hear about its failure.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../clock.ts';
import type { Deliveries } from '../deliveries.ts';
import { ACCOUNT, newGatewayId, REGION } from '../ids.ts';
import { isObject } from '../json.ts';
import type { Functions } from '../lambda/functions.ts';
import type { ApiSpec, Route } from '../stack/apis.ts';
import { BINARY_REFUSED, TOO_BIG, TOO_MANY } from './close-codes.ts';
import { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { FrameLimit } from './frame-limit.ts';
import { chooseProtocol, isHandshake, refuseHandshake } from './handshake.ts';
import { withTimeout } from './integration-timeout.ts';
import { MAX_FRAME_BYTES, MAX_MESSAGE_BYTES, MAX_WEBSOCKET_URL } from './limits.ts';
import type { Readings } from './readings.ts';
import { toSourceIp } from './source.ts';
import type { Throttle } from './throttle.ts';
import {
  type ConnectionFacts,
  makeConnectEvent,
  makeDisconnectEvent,
  makeMessageEvent,
} from './websocket-event.ts';

export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  stage: string;
  query: string;
}

type ConnectAnswer = { status: number; protocol: string | undefined };

export interface WebSocketApiParts {
  functions: Functions;
  connections: Connections;
  clock: Clock;
  deliveries: Deliveries;
  throttle: Throttle;
  readings: Readings;
}

export class WebSocketApi {
  readonly spec: ApiSpec;
  readonly #functions: Functions;
  readonly #connections: Connections;
  readonly #clock: Clock;
  readonly #deliveries: Deliveries;
  readonly #throttle: Throttle;
  readonly #readings: Readings;
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  readonly #server: WebSocketServer;

  constructor(spec: ApiSpec, parts: WebSocketApiParts) {
    this.spec = spec;
    this.#functions = parts.functions;
    this.#connections = parts.connections;
    this.#clock = parts.clock;
    this.#deliveries = parts.deliveries;
    this.#throttle = parts.throttle;
    this.#readings = parts.readings;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (_, request) => this.#protocols.get(request) ?? false,
    });
  }

  async connect({ request, socket, head, stage, query }: Upgrade): Promise<void> {
    if (!this.spec.stages.includes(stage)) return refuseHandshake(socket, 403, 'Forbidden');
    if (query.length + stage.length > MAX_WEBSOCKET_URL) return refuseHandshake(socket, 400);
    if (!isHandshake(request)) return refuseHandshake(socket, 400);
    if (!this.#throttle.admitsConnection()) return refuseHandshake(socket, 429, 'Too Many Requests');
    let hasLeft = false;
    const left = () => {
      hasLeft = true;
      socket.destroy();
    };
    socket.on('error', left);
    socket.on('end', left);
    socket.on('close', left);
    const facts: ConnectionFacts = {
      id: newGatewayId(),
      apiId: this.spec.id,
      stage,
      connectedAt: this.#clock.now(),
      sourceIp: toSourceIp(request),
      userAgent: request.headers['user-agent'],
    };
    const answer = await this.#runConnect(facts, request, query);
    // Whoever left in the meantime never was a connection, so there is no $disconnect either.
    if (hasLeft) return;
    socket.removeListener('end', left);
    socket.removeListener('close', left);
    socket.removeListener('error', left);
    if (answer.status < 200 || answer.status > 299) return refuseHandshake(socket, answer.status);
    if (answer.protocol !== undefined) this.#protocols.set(request, answer.protocol);
    this.#server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#opened(facts, query, webSocket, socket),
    );
  }

  async #runConnect(facts: ConnectionFacts, request: IncomingMessage, query: string): Promise<ConnectAnswer> {
    const route = this.#route('$connect');
    if (!route) return { status: 200, protocol: undefined };
    try {
      const result = await this.#invoke(
        route,
        facts,
        makeConnectEvent(facts, request, query, facts.connectedAt),
      );
      if (!isObject(result) || !Number.isInteger(Number(result.statusCode))) throw new Error('no statusCode');
      const headers = Object.entries(isObject(result.headers) ? result.headers : {});
      const chosen = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1];
      const protocol = chooseProtocol(request.headers['sec-websocket-protocol'], chosen);
      return { status: Number(result.statusCode), protocol };
    } catch {
      // Whatever went wrong behind it (no permission, an exception, a time-out), the client sees a bad gateway.
      return { status: 502, protocol: undefined };
    }
  }

  #opened(facts: ConnectionFacts, query: string, webSocket: WebSocket, socket: Duplex): void {
    const leaving = () => this.#connections.remove(facts.id);
    const connection = new Connection(facts, query, webSocket, this.#clock, leaving, this.#readings);
    this.#connections.add(connection);
    const frames = new FrameLimit(MAX_FRAME_BYTES);
    // Ahead of the library's own listener: a message in a frame too long must not be delivered first.
    socket.prependListener('data', (chunk: Buffer) => {
      if (frames.isExceededBy(chunk)) connection.close(TOO_BIG);
    });
    webSocket.on('message', (data, isBinary) => {
      if (connection.isLeaving) return;
      if (isBinary) return connection.close(BINARY_REFUSED);
      void this.#runMessage(connection, data);
    });
    // The library has closed with the fitting code (1002, 1007, 1009); `close` follows.
    webSocket.on('error', () => {});
    webSocket.on('close', (code, reason) => this.#runDisconnect(connection, code, reason.toString()));
  }

  async #runMessage(connection: Connection, data: RawData): Promise<void> {
    const { facts } = connection;
    const now = this.#clock.now();
    connection.lastActiveAt = now;
    if (!this.#throttle.admitsRequest()) {
      if (this.#readings.closedWhenThrottled) return connection.close(TOO_MANY);
      return complain(connection, 'Too Many Requests');
    }
    const route = this.#route('$default');
    if (!route) return complain(connection, 'Forbidden');
    // One-way: what the function returns is dropped, as the API has no route responses.
    const event = makeMessageEvent(facts, route.key, data.toString(), now);
    const [delay = 0] = this.#deliveries('message', event);
    if (delay > 0) await this.#wait(delay);
    await this.#invoke(route, facts, event).catch(() => complain(connection, 'Internal server error'));
  }

  #runDisconnect(connection: Connection, code: number, reason: string): void {
    const departure = connection.closed(code, reason);
    const route = this.#route('$disconnect');
    if (!route || this.#connections.isForgotten(connection.facts.id)) return;
    const event = makeDisconnectEvent(connection.facts, departure, this.#clock.now());
    for (const delay of this.#deliveries('disconnect', event))
      void this.#tell(route, connection, event, delay);
  }

  async #tell(route: Route, { facts }: Connection, event: unknown, delay: number): Promise<void> {
    if (delay > 0) await this.#wait(delay);
    await this.#invoke(route, facts, event).catch(() => {
      // The failure is in the log; API Gateway has nobody to tell it to.
    });
  }

  #wait(delay: number): Promise<void> {
    return new Promise((due) => this.#clock.after(delay, due));
  }

  #route(key: string): Route | undefined {
    return this.spec.routes.find((route) => route.key === key);
  }

  #invoke(route: Route, { stage }: ConnectionFacts, event: unknown): Promise<unknown> {
    const sourceArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${this.spec.id}/${stage}/${route.key}`;
    const invocation = this.#functions.invokeAs(
      'apigateway.amazonaws.com',
      sourceArn,
      route.functionArn,
      event,
    );
    return withTimeout(invocation, route.timeoutMs);
  }
}

/** API Gateway's own frames to a client whose message led nowhere. The connection stays open. */
function complain(connection: Connection, message: string): void {
  if (connection.isLeaving) return;
  const frame = { message, connectionId: connection.facts.id, requestId: newGatewayId() };
  connection.post(Buffer.from(JSON.stringify(frame)));
}
