/**
 * A function URL that streams: a request becomes an event like an HTTP API's, and what the function writes goes to the client
 * piece by piece. The first bytes may be the answer's status and headers, as JSON with eight NUL bytes behind. A client that
 * leaves ends nothing: the function runs on and what it writes is dropped.
 * Where CORS is configured, every answer gets its headers, those that tell of a failure too.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { newRequestId, REGION } from '../ids.ts';
import { isObject, type JsonObject, parseJson } from '../json.ts';
import { ThrottledError } from '../lambda/function-error.ts';
import type { Functions } from '../lambda/functions.ts';
import { MAX_SYNC_BYTES } from '../lambda/limits.ts';
import { isOpenByUrl } from '../stack/functions.ts';
import type { FunctionUrlSpec } from '../stack/urls.ts';
import { readBody } from './body.ts';
import { answerPreflight, corsHeaders, isPreflight } from './cors.ts';
import { makeHttpEvent } from './http-event.ts';
import { type HttpResponse, toHttpResponse } from './http-response.ts';

const WITH_HEAD_TYPE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);
/** Every path leads to the one function. */
const ROUTE = { key: '$default', functionArn: '', timeoutMs: 0 };

export class FunctionUrl {
  readonly #spec: FunctionUrlSpec;
  readonly #functions: Functions;
  readonly #clock: Clock;

  constructor(spec: FunctionUrlSpec, functions: Functions, clock: Clock) {
    this.#spec = spec;
    this.#functions = functions;
    this.#clock = clock;
  }

  take(request: IncomingMessage, response: ServerResponse, url: string): void {
    this.#answer(request, response, url).catch(() => response.destroy());
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
    const requestId = newRequestId();
    response.setHeader('x-amzn-requestid', requestId);
    const { id, functionArn, cors } = this.#spec;
    const { origin } = request.headers;
    if (cors && isPreflight(request.method, request.headers)) {
      request.resume();
      const { status, headers } = answerPreflight(cors, origin);
      response.writeHead(status, headers).end();
      return;
    }
    if (cors) response.setHeaders(new Map(Object.entries(corsHeaders(cors, origin))));
    const body = await readBody(request, MAX_SYNC_BYTES);
    if (!body) return refuse(response, 413, { message: 'Request Entity Too Large' });
    const spec = this.#functions.find(functionArn);
    if (!spec || !isOpenByUrl(spec)) return refuse(response, 403, { Message: 'Forbidden' });
    const [path = '/', ...rest] = url.split('?');
    const event = makeHttpEvent({
      request,
      accountId: 'anonymous',
      apiId: id,
      domainName: `${id}.lambda-url.${REGION}.on.aws`,
      path,
      query: rest.join('?'),
      body,
      match: { route: ROUTE, pathParameters: undefined },
      now: this.#clock.now(),
      requestId,
    });
    const answer = new Answer(response);
    try {
      await this.#functions.stream(functionArn, event, (bytes, type) => answer.take(bytes, type));
      answer.end();
    } catch (error) {
      if (response.headersSent) response.destroy();
      else if (error instanceof ThrottledError) refuse(response, 429, THROTTLED);
      else refuse(response, 502, 'Internal Server Error');
    }
  }
}

const THROTTLED = {
  Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  Type: 'User',
  message: 'Rate Exceeded.',
};

function refuse(response: ServerResponse, status: number, body: JsonObject | string): void {
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  response.writeHead(status, { 'content-type': type });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** One answer on its way to the client. */
class Answer {
  readonly #response: ServerResponse;
  /** What has come of the head, as long as it is not complete. */
  #head = Buffer.alloc(0);

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  /** Resolves when there is room for more, or nobody left to take it. */
  async take(bytes: Uint8Array, contentType: string): Promise<void> {
    const response = this.#response;
    const body = response.headersSent ? bytes : this.#begin(bytes, contentType);
    const isOver = response.closed || response.writableEnded;
    if (isOver || body.length === 0 || response.write(body)) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race(['drain', 'close'].map((name) => once(response, name, { signal })));
    waiting.abort();
  }

  end(): void {
    if (this.#response.headersSent) this.#response.end();
    else refuse(this.#response, 502, 'Internal Server Error');
  }

  /** Sends the head once it is there; the bytes behind it. */
  #begin(bytes: Uint8Array, contentType: string): Uint8Array {
    if (contentType !== WITH_HEAD_TYPE) {
      this.#response.writeHead(200, { 'content-type': contentType }).flushHeaders();
      return bytes;
    }
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf(DELIMITER);
    if (end < 0) return Buffer.alloc(0);
    const head = readHead(this.#head.subarray(0, end).toString());
    if (head) sendHead(this.#response, head);
    else refuse(this.#response, 502, 'Internal Server Error');
    return this.#head.subarray(end + DELIMITER.length);
  }
}

/** It has the form of a result of a proxy integration, without a body; the status may be left out. */
function readHead(text: string): HttpResponse | undefined {
  const head = parseJson(text);
  return isObject(head) ? toHttpResponse({ statusCode: 200, ...head }) : undefined;
}

/** Lengths and framing are the platform's own. */
function sendHead(response: ServerResponse, { status, headers, cookies }: HttpResponse): void {
  const own: Record<string, string | string[]> = { ...headers };
  for (const name of ['transfer-encoding', 'content-length', 'connection']) delete own[name];
  if (cookies.length > 0) own['set-cookie'] = cookies;
  for (const [name, value] of Object.entries(headers)) {
    const configured = name.startsWith('access-control-') ? response.getHeader(name) : undefined;
    if (configured !== undefined) own[name] = [String(configured), value];
  }
  response.writeHead(status, own).flushHeaders();
}
