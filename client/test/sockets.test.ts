import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket as WsWebSocket } from 'ws';
import { type ConnectOptions, connect, type EventStream } from '../src/index.ts';
import type { SocketConstructor } from '../src/link.ts';
import { type RealRelay, startRealRelay } from './support/real-relay.ts';

let relay: RealRelay;
let stream: EventStream | undefined;

beforeEach(async () => {
  relay = await startRealRelay();
});

afterEach(async () => {
  stream?.close();
  await relay.close();
});

function start(options: Partial<ConnectOptions>): { ids: string[]; texts: unknown[] } {
  stream = connect({ url: relay.url, backoffMs: 20, ...options });
  const ids: string[] = [];
  const texts: unknown[] = [];
  stream.on('event', ({ id, text }) => {
    ids.push(id);
    texts.push(text);
  });
  return { ids, texts };
}

const until = (holds: () => void): Promise<void> => vi.waitFor(holds, { timeout: 15_000, interval: 5 });
const untilLive = (): Promise<void> => until(() => expect(stream?.state).toBe('live'));

const sockets: [string, SocketConstructor][] = [
  ["Node's own WebSocket", globalThis.WebSocket],
  ['ws', WsWebSocket],
];

describe.each(sockets)('over real sockets, by %s', (_name, WebSocket) => {
  it('takes binary frames for text', async () => {
    const { texts } = start({ WebSocket });
    await untilLive();
    relay.binary = true;
    relay.publish();
    await until(() => expect(texts).toEqual(['Grüße 1']));
  });

  it('hears events, and goes on after a cut without a hole', async () => {
    const { ids, texts } = start({ WebSocket, token: 'abc' });
    await untilLive();
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1']));
    relay.cut('terminate');
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1', 'e.2']));
    relay.cut('close');
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1', 'e.2', 'e.3']));
    expect(texts).toEqual(['Grüße 1', 'Grüße 2', 'Grüße 3']);
    expect(relay.seen.filter((line) => !line.startsWith('closed'))).toEqual([
      'ws /stream relay.v1,bearer.abc',
      '{"action":"start"}',
      'ws /stream relay.v1,bearer.abc',
      '{"action":"start","after":"e.1"}',
      'ws /stream relay.v1,bearer.abc',
      '{"action":"start","after":"e.2"}',
    ]);
  });

  it('asks for another token when a handshake is refused', async () => {
    let status = 401;
    relay.upgrade = () => status;
    start({
      WebSocket,
      token: ({ refused }) => {
        if (refused) status = 101;
        return refused ? 'fresh' : 'stale';
      },
    });
    await untilLive();
    // Node's own WebSocket knocks twice before it takes a 401 for an answer.
    const handshakes = new Set(relay.seen.filter((line) => line.startsWith('ws')));
    expect([...handshakes]).toEqual(['ws /stream relay.v1,bearer.stale', 'ws /stream relay.v1,bearer.fresh']);
  });

  it('says goodbye when it is closed', async () => {
    start({ WebSocket });
    await untilLive();
    stream?.close();
    await until(() => expect(relay.seen.at(-1)).toBe('closed 1000'));
  });
});

describe('over real HTTP', () => {
  it('streams by SSE where the upgrade is refused, and goes on after an end and after a cut', async () => {
    relay.upgrade = () => 400;
    const { ids, texts } = start({ sse: relay.sse, token: 'abc', steadyMs: 1 });
    await untilLive();
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1']));
    relay.cut('close');
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1', 'e.2']));
    relay.cut('terminate');
    relay.publish();
    await until(() => expect(ids).toEqual(['e.1', 'e.2', 'e.3']));
    expect(texts).toEqual(['Grüße 1', 'Grüße 2', 'Grüße 3']);
    expect(relay.seen.filter((line) => line.startsWith('sse'))).toEqual([
      'sse /sse Bearer abc',
      'sse /sse?after=e.1 Bearer abc',
      'sse /sse?after=e.2 Bearer abc',
    ]);
  });
});

describe('a Node process', () => {
  it.each([
    ['WebSocket', 101],
    ['SSE', 400],
  ])('ends by itself once its stream over %s is closed', async (_name, status) => {
    relay.upgrade = () => status;
    relay.publish();
    const entry = new URL('../src/index.ts', import.meta.url).href;
    const script = `
      import { connect } from ${JSON.stringify(entry)};
      const options = { url: ${JSON.stringify(relay.url)}, sse: ${JSON.stringify(relay.sse)} };
      const stream = connect({ ...options, after: 'e.0', backoffMs: 20 });
      for await (const { id } of stream) { console.log(id); stream.close(); }
    `;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd,
      timeout: 30_000,
    });
    expect((await run).stdout).toBe('e.1\n');
  });
});
