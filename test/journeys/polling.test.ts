/** Clients of Socket.IO with their default transports, which begin by long-polling: refused in words, once (contract row M5). */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { io as newest } from 'socket.io-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WEBSOCKET_ONLY } from '../../shared/wire/polling.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { until } from '../support/until.ts';
import { expectProblem } from '../support/webhook.ts';

// As a module it comes without types.
const { io: oldest }: { io: typeof newest } = createRequire(import.meta.url)('socket.io-client-4.0');

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

/** Methods of the requests that this process sends to long-polling, while `act` runs. */
async function requestsDuring(act: () => Promise<void>): Promise<string[]> {
  const sent: string[] = [];
  const note = (message: unknown) => {
    const { request } = message as { request: { method: string; path: string } };
    if (request.path.includes('transport=polling')) sent.push(request.method);
  };
  subscribe('http.client.request.start', note);
  try {
    await act();
  } finally {
    unsubscribe('http.client.request.start', note);
  }
  return sent;
}

describe.each([
  ['of today', newest],
  ['of 4.0', oldest],
] as const)('a client %s with its default transports', (_, io) => {
  test('hears that it shall use WebSocket, and does not come back', async () => {
    // It would be back many times while the test looks.
    // What stands behind the host would be taken for a namespace.
    const { origin, pathname } = new URL(cloud.httpUrl);
    const path = `${pathname.replace(/\/$/, '')}/socket.io/`;
    const socket = io(origin, { path, forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 10 });
    const messages: string[] = [];
    let attempts = 0;
    socket.on('connect_error', ({ message }: Error) => messages.push(message));
    socket.io.on('reconnect_attempt', () => {
      attempts += 1;
    });
    const isRefused = () => messages.includes(WEBSOCKET_ONLY) || undefined;
    try {
      const sent = await requestsDuring(async () => {
        await until('that it is refused', isRefused, 30_000);
        attempts = 0;
        await sleep(1_000);
      });
      expect(attempts).toBe(0);
      expect(socket.connected).toBe(false);
      expect(socket.active).toBe(false);
      expect(messages.at(-1)).toBe(WEBSOCKET_ONLY);
      // The handshake, its own CONNECT, what it asks for meanwhile, its good-bye; more only where the cloud failed one.
      if (messages.length === 1) expect(sent.length).toBeLessThanOrEqual(4);
    } finally {
      socket.close();
    }
  });
});

describe.each(['/socket.io/', '/socket.io'])('%s by plain requests', (path) => {
  /** Not by `sendRaw`, which holds answers to the OpenAPI document: this is Engine.IO's protocol and no route of an API. */
  const ask = (query: string, method = 'GET') =>
    until('an answer', async () => {
      const response = await fetch(`${cloud.httpUrl}${path}?${query}`, { method });
      return response.status < 500 ? { response, text: await response.text() } : undefined;
    });

  test('answers a handshake with the refusal', async () => {
    const { response, text } = await ask('EIO=4&transport=polling');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const [opened = '', refused, ...rest] = text.split('\x1e');
    expect(opened).toMatch(/^0\{"sid":"[\w-]{20}","upgrades":\[\],/);
    expect(refused).toBe(`44${JSON.stringify({ message: WEBSOCKET_ONLY })}`);
    expect(rest).toEqual(['41']);
  });

  test("answers what is no handshake with Engine.IO's errors", async () => {
    const { response, text } = await ask('EIO=3&transport=polling');
    expect([response.status, text]).toEqual([400, '{"code":5,"message":"Unsupported protocol version"}']);
  });

  test('takes no other method than GET and POST', async () => {
    const { response, text } = await ask('EIO=4&transport=polling', 'PUT');
    expectProblem({ status: response.status, headers: response.headers, text }, 405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });
});
