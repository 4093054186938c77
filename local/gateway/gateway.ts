/**
 * The public port. It stands for the CDN and for API Gateway's own host names at once: public paths go through the same pure
 * translation as at the edge, the plain forms of APIs and function URLs lie under `/_aws/`, and the management API beside them
 * for tools.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { translatePublicPath } from '../../shared/edge/public-path.ts';
import type { Door } from '../aws/door.ts';
import { isManagementPath } from '../aws/management-api.ts';
import { type Destination, findDestination } from './destination.ts';
import type { FunctionUrl } from './function-url.ts';
import { refuseHandshake } from './handshake.ts';
import { type HttpApi, send } from './http-api.ts';
import { messageResponse } from './http-response.ts';
import { MAX_HTTP_HEAD_BYTES } from './limits.ts';
import type { WebSocketApi } from './websocket-api.ts';

export interface GatewayOptions {
  httpApis: Map<string, HttpApi>;
  webSocketApis: Map<string, WebSocketApi>;
  functionUrls: Map<string, FunctionUrl>;
  /** Stack outputs by which the path translation's names are resolved: `events` is `EventsApiId`, `sse` is `SseUrl`. */
  outputs: Record<string, string>;
  door: Door;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #server: Server;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true, maxHeaderSize: MAX_HTTP_HEAD_BYTES });
    this.#server.keepAliveTimeout = 75_000;
    this.#server.on('request', (request, response) => this.#request(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async open(port: number, host: string): Promise<number> {
    await new Promise<void>((opened, fail) => {
      this.#server.once('error', fail);
      this.#server.listen({ port, host, backlog: 4096 }, opened);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #find(url: string, isUpgrade: boolean): Destination {
    return findDestination(url, isUpgrade, translatePublicPath, this.#options.outputs);
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    const [path = ''] = url.split('?');
    const destination = this.#find(url, false);
    const { httpApis, functionUrls } = this.#options;
    const endpoint = httpApis.get(destination.apiId) ?? functionUrls.get(destination.apiId);
    if (isManagementPath(path)) {
      this.#options.door.take(request, response, path);
    } else if (endpoint) {
      endpoint.take(request, response, destination.url);
    } else {
      const isKnown = this.#options.webSocketApis.has(destination.apiId);
      request.resume();
      send(response, isKnown ? messageResponse(426, 'Upgrade Required') : messageResponse(403, 'Forbidden'));
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const destination = this.#find(request.url ?? '/', true);
    const api = this.#options.webSocketApis.get(destination.apiId);
    const [path = '', ...rest] = destination.url.split('?');
    const [stage, afterStage] = path.slice(1).split('/', 2);
    if (!api) {
      refuseHandshake(socket, 404, 'Not Found');
    } else if (afterStage) {
      // A WebSocket API has no paths: anything after the stage is refused.
      refuseHandshake(socket, 403, 'Forbidden');
    } else {
      const upgrade = {
        request,
        socket,
        head,
        stage: stage || (api.spec.stages[0] ?? ''),
        query: rest.join('?'),
      };
      api.connect(upgrade).catch(() => socket.destroy());
    }
  }
}
