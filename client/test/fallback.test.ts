import { describe, expect, it } from 'vitest';
import { hear, SSE, start } from './support/start.ts';

describe('where WebSocket is blocked', () => {
  it('SSE takes over after three handshakes, from the cursor, with the token as a header', async () => {
    const { relay, clock, stream } = start({ ...SSE, after: 'e1.1', token: 'abc' });
    relay.publish(3);
    relay.blocked.websocket = true;
    const ids = hear(stream);
    await clock.pass(4_000);
    expect(relay.handshakes.map(({ transport }) => transport)).toEqual([
      ...['websocket', 'websocket', 'websocket', 'sse'],
    ]);
    expect(relay.handshakes.at(-1)).toEqual({ transport: 'sse', token: 'abc', after: 'e1.1' });
    relay.publish(1, 'void');
    relay.publish(1);
    await clock.pass(10);
    expect(ids).toEqual(['e1.2', 'e1.3', 'e1.5']);
    expect(stream.state).toBe('live');
  });

  it('a stream that ends after its minute is followed by the next at once', async () => {
    const { relay, clock, stream, told } = start({ ...SSE, after: 'e1.0' });
    relay.blocked.websocket = true;
    const ids = hear(stream);
    await clock.pass(64_000);
    relay.publish(1);
    await clock.pass(1);
    expect(ids).toEqual(['e1.1']);
    expect(relay.handshakes.filter(({ transport }) => transport === 'sse').length).toBe(2);
    expect(told.slice(-3)).toEqual(['live', 'connecting', 'live']);
  });

  it('WebSocket is tried again after a while, and relied on again when it works', async () => {
    const { relay, clock, stream, told } = start({ ...SSE, after: 'e1.0' });
    relay.blocked.websocket = true;
    const ids = hear(stream);
    await clock.pass(330_000);
    // What is known to work takes over again without a pause.
    expect(told.slice(told.indexOf('live'))).not.toContain('offline');
    const before = relay.handshakes.map(({ transport }) => transport);
    expect(before.slice(-2)).toEqual(['websocket', 'sse']);
    relay.blocked.websocket = false;
    await clock.pass(660_000);
    expect(relay.open.length).toBe(1);
    expect(relay.streams).toBe(0);
    relay.publish(1);
    await clock.pass(10);
    expect(ids).toEqual(['e1.1']);
  });

  it('and SSE as well, both are tried in turn', async () => {
    const { relay, clock } = start({ ...SSE, backoffMaxMs: 1_000 });
    relay.blocked.websocket = true;
    relay.blocked.sse = true;
    await clock.pass(4_000);
    expect(relay.handshakes.slice(2, 7).map(({ transport }) => transport)).toEqual([
      ...['websocket', 'sse', 'websocket', 'sse', 'websocket'],
    ]);
  });

  it('a refusal of SSE is told with its status, asks for another token, and waits as it is told', async () => {
    const asked: boolean[] = [];
    const { relay, clock, told } = start({
      ...SSE,
      token: ({ refused }) => {
        asked.push(refused);
        return 'abc';
      },
    });
    relay.blocked.websocket = true;
    relay.blocked.sse = 401;
    await clock.pass(4_000);
    expect(told).toContain('error handshake 401');
    const count = relay.handshakes.length;
    await clock.pass(6_000);
    expect(relay.handshakes.length).toBe(count);
    await clock.pass(2_000);
    expect(relay.handshakes.length).toBe(count + 1);
  });

  it('a log that does not reach back is a gap there too', async () => {
    const { relay, clock, stream, told } = start({ ...SSE, after: 'e1.1' });
    relay.publish(9);
    relay.log.expire(2);
    relay.blocked.websocket = true;
    const ids = hear(stream);
    await clock.pass(4_000);
    relay.publish(1);
    await clock.pass(1);
    expect(told).toContain('gap e1.1 e1.9 true');
    expect(ids).toEqual(['e1.10']);
  });

  it('a jump in a stream that did not say where it begins is reported as a possible gap', async () => {
    const body = 'id: e1.4\ndata: {"id":"e1.4","seq":4}\n\nid: e1.6\ndata: {"id":"e1.6","seq":6}\n\n';
    const { clock, stream, told } = start({
      ...SSE,
      after: 'e1.1',
      fallbackAfter: 1,
      fetch: async () =>
        new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
      WebSocket: class {
        binaryType = 'blob';
        constructor() {
          throw new SyntaxError('mixed content');
        }
        send(): void {}
        close(): void {}
        addEventListener(): void {}
      },
    });
    const ids = hear(stream);
    await clock.pass(600);
    expect(ids).toEqual(['e1.4', 'e1.6']);
    expect(told.filter((line) => line.startsWith('gap'))).toEqual(['gap e1.1 e1.3 false']);
  });

  it('a stream on which nothing is heard for a minute is given up', async () => {
    const { relay, clock, told } = start({
      ...SSE,
      fetch: async () =>
        new Response(new ReadableStream(), { headers: { 'content-type': 'text/event-stream' } }),
    });
    relay.blocked.websocket = true;
    await clock.pass(4_000);
    expect(told.at(-1)).toBe('live');
    await clock.pass(60_000);
    expect(told).toContain('error timeout');
  });

  it('a page in place of a stream is a failed handshake', async () => {
    const { relay, clock, told } = start({
      ...SSE,
      fetch: async () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
    });
    relay.blocked.websocket = true;
    await clock.pass(6_000);
    expect(told).not.toContain('live');
  });
});
