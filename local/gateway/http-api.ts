/**
 * The HTTP API: a request becomes an event, the matching route's function is invoked, its result becomes the response. A failing
 * function is a 500 and a slow one a 503, without a word about why: clients of AWS get no more than that either.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { ACCOUNT, newGatewayId, REGION } from '../ids.ts';
import type { Functions } from '../lambda/functions.ts';
import type { ApiSpec } from '../stack/apis.ts';
import { readBody } from './body.ts';
import { answerPreflight, isPreflight, withCors } from './cors.ts';
import { makeHttpEvent } from './http-event.ts';
import { type HttpResponse, messageResponse, toHttpResponse } from './http-response.ts';
import { matchRoute, type RouteMatch } from './http-routes.ts';
import { isTimeout, withTimeout } from './integration-timeout.ts';
import { MAX_HTTP_BODY_BYTES } from './limits.ts';
import type { Throttle } from './throttle.ts';

export class HttpApi {
  readonly spec: ApiSpec;
  readonly #functions: Functions;
  readonly #clock: Clock;
  readonly #throttle: Throttle;

  constructor(spec: ApiSpec, functions: Functions, clock: Clock, throttle: Throttle) {
    this.spec = spec;
    this.#functions = functions;
    this.#clock = clock;
    this.#throttle = throttle;
  }

  /** `url` is the path and query within the API, which differ from the request's own under `/_aws/`. */
  take(request: IncomingMessage, response: ServerResponse, url: string): void {
    const requestId = newGatewayId();
    this.#answer(request, url, requestId).then(
      (answer) => send(response, answer, requestId),
      () => response.destroy(),
    );
  }

  async #answer(request: IncomingMessage, url: string, requestId: string): Promise<HttpResponse> {
    const [path = '/', ...rest] = url.split('?');
    const match = matchRoute(this.spec.routes, request.method ?? 'GET', path);
    const body = await readBody(request, MAX_HTTP_BODY_BYTES);
    if (!this.#throttle.admitsRequest()) return messageResponse(429, 'Too Many Requests');
    if (!body) return messageResponse(413, 'Request Entity Too Large');
    const { cors } = this.spec;
    const { origin } = request.headers;
    if (cors && isPreflight(request.method, request.headers)) return answerPreflight(cors, origin);
    if (!match) return messageResponse(404, 'Not Found');
    const now = this.#clock.now();
    const event = makeHttpEvent({
      request,
      accountId: ACCOUNT,
      apiId: this.spec.id,
      domainName: `${this.spec.id}.execute-api.${REGION}.amazonaws.com`,
      path,
      query: rest.join('?'),
      body,
      match,
      now,
      requestId,
    });
    try {
      const result = await withTimeout(
        this.#invoke(match, request.method ?? 'GET', event),
        match.route.timeoutMs,
      );
      const response = toHttpResponse(result);
      if (!response) return messageResponse(500, 'Internal Server Error');
      return cors ? withCors(cors, origin, response) : response;
    } catch (error) {
      if (isTimeout(error)) return messageResponse(503, 'Service Unavailable');
      return messageResponse(500, 'Internal Server Error');
    }
  }

  /** The source ARN names the route's own path, with its parameters unfilled. */
  #invoke({ route }: RouteMatch, method: string, event: unknown): Promise<unknown> {
    const resource = route.key === '$default' ? route.key : `${method}${route.key.split(' ')[1] ?? ''}`;
    const sourceArn = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${this.spec.id}/$default/${resource}`;
    return this.#functions.invokeAs('apigateway.amazonaws.com', sourceArn, route.functionArn, event);
  }
}

/** The request id in the header is the one in the function's event, so that a client's report leads to the log. */
export function send(response: ServerResponse, answer: HttpResponse, requestId = newGatewayId()): void {
  const { status, headers, cookies, body } = answer;
  const own: Record<string, string | string[]> = { ...headers, 'apigw-requestid': requestId };
  if (cookies.length > 0) own['set-cookie'] = cookies;
  // Lengths and framing are the gateway's, whatever the function says. A 204 or 304 has no body at all.
  delete own['transfer-encoding'];
  own['content-length'] = String(body.length);
  if (status === 204 || status === 304) delete own['content-length'];
  response.writeHead(status, own);
  // As text the body leaves in one piece with the head.
  response.end(body.toString('latin1'), 'latin1');
}
