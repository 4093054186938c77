/**
 * CORS as an HTTP API and a function URL do it for their functions: they answer preflights themselves and add the configured
 * headers to answers. An HTTP API drops those that a function has set; a function URL leaves them beside its own. Pure.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
 */

import type { IncomingHttpHeaders } from 'node:http';
import type { CorsSpec } from '../stack/cors.ts';
import type { HttpResponse } from './http-response.ts';

/** A preflight is an OPTIONS with both of the headers that a browser sends; any other OPTIONS is a request like all. */
export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** To an origin that is not allowed it says nothing, which is what a browser takes for a no. */
export function answerPreflight(cors: CorsSpec, origin: string | undefined): HttpResponse {
  const headers = originHeaders(cors, origin);
  if (Object.keys(headers).length > 0) {
    addList(headers, 'access-control-allow-methods', cors.methods);
    addList(headers, 'access-control-allow-headers', cors.headers);
    if (cors.maxAgeS !== undefined) headers['access-control-max-age'] = String(cors.maxAgeS);
  }
  return { status: 204, headers, cookies: [], body: Buffer.alloc(0) };
}

/** What an answer that is none to a preflight gets. */
export function corsHeaders(cors: CorsSpec, origin: string | undefined): Record<string, string> {
  const headers = originHeaders(cors, origin);
  if (Object.keys(headers).length > 0) addList(headers, 'access-control-expose-headers', cors.exposedHeaders);
  return headers;
}

export function withCors(cors: CorsSpec, origin: string | undefined, response: HttpResponse): HttpResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  return { ...response, headers: { ...Object.fromEntries(own), ...corsHeaders(cors, origin) } };
}

function originHeaders(cors: CorsSpec, origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  const allowed = cors.origins.includes('*') ? '*' : isAllowed(cors.origins, origin) ? origin : undefined;
  if (allowed === undefined) return {};
  const headers: Record<string, string> = { 'access-control-allow-origin': allowed };
  if (cors.credentials) headers['access-control-allow-credentials'] = 'true';
  return headers;
}

function isAllowed(origins: string[], origin: string): boolean {
  return origins.some(
    (allowed) =>
      allowed === origin || (/^https?:\/\/\*$/.test(allowed) && origin.startsWith(allowed.slice(0, -1))),
  );
}

function addList(headers: Record<string, string>, name: string, values: string[]): void {
  if (values.length > 0) headers[name] = values.join(',');
}
