/**
 * Where a request came from, as API Gateway sees and forwards it: the address of the peer, appended to what proxies in front
 * have written into X-Forwarded-For.
 */

import type { IncomingMessage } from 'node:http';

/** Node reports IPv4 peers of a dual-stack socket in IPv6 clothing. */
export function toSourceIp(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}

export function toForwardedHeaders(request: IncomingMessage): [name: string, value: string][] {
  const before = request.headers['x-forwarded-for'];
  const source = toSourceIp(request);
  return [
    ['X-Forwarded-For', before ? `${String(before)}, ${source}` : source],
    ['X-Forwarded-Port', String(request.socket.localPort ?? 0)],
    ['X-Forwarded-Proto', 'http'],
  ];
}

/** Header fields between two hops (RFC 9110, 7.6.1) end at the gateway. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const REPLACED = new Set(['x-forwarded-for', 'x-forwarded-port', 'x-forwarded-proto', 'x-amzn-trace-id']);

/** The header fields that a function gets to see, in order, with the case in which the client wrote them. */
export function toForwardableHeaders(request: IncomingMessage): [name: string, value: string][] {
  const headers: [string, string][] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? '';
    const lower = name.toLowerCase();
    if (!HOP_BY_HOP.has(lower) && !REPLACED.has(lower))
      headers.push([name, request.rawHeaders[index + 1] ?? '']);
  }
  return headers;
}
