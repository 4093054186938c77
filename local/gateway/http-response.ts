/**
 * What becomes of a function's result in an HTTP API: an object with `statusCode` is a response, any other JSON value is the
 * body of a 200. A result that is neither (a status out of range, a body that is no string) is the function's failure.
 */

import { isObject } from '../json.ts';

export interface HttpResponse {
  status: number;
  headers: Record<string, string>;
  cookies: string[];
  body: Buffer;
}

/** Undefined when API Gateway could make nothing of the result. */
export function toHttpResponse(result: unknown): HttpResponse | undefined {
  if (!isObject(result) || !('statusCode' in result)) {
    const headers = { 'content-type': 'application/json' };
    return { status: 200, headers, cookies: [], body: Buffer.from(JSON.stringify(result ?? null)) };
  }
  const { body = '', cookies = [], isBase64Encoded } = result;
  const status = Number(result.statusCode);
  const headers = toHeaders(result.headers);
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (!headers || !isTextList(cookies)) return undefined;
  if (body !== null && typeof body !== 'string') return undefined;
  return {
    status,
    headers,
    cookies,
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

export function messageResponse(status: number, message: string): HttpResponse {
  const body = Buffer.from(JSON.stringify({ message }));
  return { status, headers: { 'content-type': 'application/json' }, cookies: [], body };
}

function toHeaders(source: unknown): Record<string, string> | undefined {
  const headers: Record<string, string> = { 'content-type': 'text/plain;charset=UTF-8' };
  if (source === undefined || source === null) return headers;
  if (!isObject(source)) return undefined;
  for (const [name, value] of Object.entries(source)) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) return undefined;
    headers[name.toLowerCase()] = String(value);
  }
  return headers;
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
