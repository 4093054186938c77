/**
 * The HTTP half of a WebSocket connection. Node hands over a bare socket for an upgrade, so refusals are written by hand.
 */

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

const KEY = /^[+/0-9A-Za-z]{22}==$/;

export function refuseHandshake(socket: Duplex, status: number, message?: string): void {
  const body = message === undefined ? '' : JSON.stringify({ message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    ...(body === '' ? [] : ['Content-Type: application/json']),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  // The peer may be gone already; there is nothing left to do for it then.
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** RFC 6455, 4.2.1. Checked before $connect runs, which must not see what could never become a connection. */
export function isHandshake({ method, headers }: IncomingMessage): boolean {
  const isVersion13 = headers['sec-websocket-version'] === '13';
  return method === 'GET' && isVersion13 && KEY.test(String(headers['sec-websocket-key'] ?? ''));
}

/** The subprotocol that $connect chose, if the client had offered it. API Gateway itself never chooses one. */
export function chooseProtocol(offered: string | undefined, answered: unknown): string | undefined {
  if (offered === undefined || typeof answered !== 'string') return undefined;
  const offers = offered.split(',').map((name) => name.trim());
  return offers.includes(answered) ? answered : undefined;
}
