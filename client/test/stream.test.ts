import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ConnectOptions, connect, type EventStream, type RelayEvent } from '../src/index.ts';
import { FakeRelay } from './support/fake-relay.ts';
import { settled, VirtualClock } from './support/world.ts';

const open: EventStream[] = [];

afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

/** A stream on a relay of its own; `told` is the diary of all that the application hears. */
function start(options: Partial<ConnectOptions> = {}): {
  relay: FakeRelay;
  clock: VirtualClock;
  stream: EventStream;
  told: string[];
} {
  const clock = new VirtualClock();
  const relay = new FakeRelay(clock);
  const stream = connect({
    url: 'https://relay.test/stream?tenant=t1',
    clock,
    random: () => 0.5,
    WebSocket: relay.WebSocket,
    fetch: relay.fetch,
    ...options,
  });
  open.push(stream);
  const told: string[] = [];
  stream.on('state', (state) => told.push(state));
  stream.on('gap', ({ from, to, certain }) => told.push(`gap ${from} ${to} ${certain}`));
  stream.on('error', ({ code, status }) => told.push(`error ${code}${status ? ` ${status}` : ''}`));
  return { relay, clock, stream, told };
}

function hear(stream: EventStream): string[] {
  const ids: string[] = [];
  stream.on('event', ({ id }) => ids.push(id));
  return ids;
}

const SSE = { sse: 'https://relay.test/sse?tenant=t1' };

describe('a first connection', () => {
  it('speaks first, is live with the ready frame, and hears what comes from then on', async () => {
    const { relay, clock, stream, told } = start();
    relay.publish(3);
    const ids = hear(stream);
    await clock.pass(10);
    expect(relay.requests).toEqual(['{"action":"start"}']);
    expect(told).toEqual(['connecting', 'live']);
    relay.publish(2);
    await clock.pass(10);
    expect(ids).toEqual(['e1.4', 'e1.5']);
    expect(stream.cursor).toBe('e1.5');
  });

  it('goes on after the cursor that it is given', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.2' });
    relay.publish(7);
    const ids = hear(stream);
    expect(stream.cursor).toBe('e1.2');
    await clock.pass(10);
    expect(relay.requests).toEqual(['{"action":"start","after":"e1.2"}']);
    expect(told).toEqual(['connecting', 'recovering', 'live']);
    expect(ids).toEqual(['e1.3', 'e1.4', 'e1.5', 'e1.6', 'e1.7']);
  });

  it('asks again where the ready frame that comes first knows of no cursor', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(2);
    relay.faults = { ...relay.faults, ignore: 1 };
    const ids = hear(stream);
    await clock.pass(100);
    relay.faults = { ...relay.faults, ignore: 0 };
    await clock.pass(1_000);
    expect(relay.requests).toEqual([
      '{"action":"start","after":"e1.0"}',
      '{"action":"resume","after":"e1.0"}',
    ]);
    expect(ids).toEqual(['e1.1', 'e1.2']);
  });

  it.each([
    [{ url: 'ftp://x/' }, 'url'],
    [{ url: 'relative' }, 'URL'],
    [{ after: 'e1' }, 'after'],
    [{ after: '' }, 'after'],
    [{ token: 'a b' }, 'token'],
    [{ token: '' }, 'token'],
    [{ buffer: 0 }, 'buffer'],
    [{ idleMs: 0 }, 'idleMs'],
    [{ backoffMs: Number.NaN }, 'backoffMs'],
  ])('is refused at once with %o', (options, word) => {
    expect(() => start(options)).toThrow(word);
  });
});

describe('a cut', () => {
  it('is followed by a new attempt, and nothing is missed or heard twice', async () => {
    const { relay, clock, stream, told } = start();
    const ids = hear(stream);
    await clock.pass(10);
    relay.publish(2);
    await clock.pass(10);
    relay.cut();
    relay.publish(2);
    await clock.pass(600);
    expect(ids).toEqual(['e1.1', 'e1.2', 'e1.3', 'e1.4']);
    expect(told).toEqual(['connecting', 'live', 'offline', 'connecting', 'recovering', 'live']);
  });

  it('is followed by attempts further and further apart, each at a random share, at most at the cap', async () => {
    const { relay, clock } = start({ backoffMs: 1_000, backoffMaxMs: 8_000 });
    const at: number[] = [];
    relay.blocked.websocket = true;
    await clock.pass(0);
    let seen = 0;
    for (let n = 0; n < 320; n += 1) {
      if (relay.handshakes.length > seen) at.push(clock.now());
      seen = relay.handshakes.length;
      await clock.pass(50);
    }
    const waits = at.map((time, index) => time - (at[index - 1] ?? time)).slice(1);
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('of a steady connection begins the row anew, of an unsteady one does not', async () => {
    const { relay, clock } = start({ backoffMs: 1_000 });
    await clock.pass(10);
    relay.cut();
    await clock.pass(600);
    relay.cut();
    await clock.pass(600);
    expect(relay.handshakes.length).toBe(2);
    await clock.pass(600);
    expect(relay.handshakes.length).toBe(3);
    await clock.pass(20_000);
    relay.cut();
    await clock.pass(600);
    expect(relay.handshakes.length).toBe(4);
  });

  it('for longer than the log is kept is reported as a gap, and the stream goes on after it', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0' });
    const ids = hear(stream);
    relay.publish(2);
    await clock.pass(10);
    relay.cut();
    relay.publish(20);
    relay.log.expire(5);
    await clock.pass(600);
    relay.publish(1);
    await clock.pass(10);
    expect(told.filter((line) => line.startsWith('gap'))).toEqual(['gap e1.2 e1.22 true']);
    expect(ids).toEqual(['e1.1', 'e1.2', 'e1.23']);
  });

  it('in which the numbering began anew is a gap too', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0' });
    const ids = hear(stream);
    relay.publish(2);
    await clock.pass(10);
    relay.cut();
    relay.log.renumber();
    relay.publish(3);
    await clock.pass(600);
    relay.publish(1);
    await clock.pass(10);
    expect(told.filter((line) => line.startsWith('gap'))).toEqual(['gap e1.2 e2.3 true']);
    expect(ids).toEqual(['e1.1', 'e1.2', 'e2.4']);
  });

  it('ends at once when the browser finds a network', async () => {
    const page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const { relay, clock, stream } = start();
    await clock.pass(10);
    relay.cut();
    await clock.pass(10);
    expect(stream.state).toBe('offline');
    page.dispatchEvent(new Event('online'));
    await clock.pass(10);
    expect(stream.state).toBe('live');
    vi.unstubAllGlobals();
  });
});

describe('a live stream', () => {
  it('puts in order what comes out of order, without asking', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    const ids = hear(stream);
    await clock.pass(10);
    const [socket] = relay.open;
    for (const seq of [2, 3, 1, 1, 3]) socket?.hears(JSON.stringify({ id: `e1.${seq}`, seq }));
    expect(ids).toEqual(['e1.1', 'e1.2', 'e1.3']);
    await clock.pass(1_000);
    expect(relay.requests).toEqual(['{"action":"start","after":"e1.0"}']);
  });

  it('asks for what does not come within the time to hold, and only then is it recovering', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0', reorderMs: 250 });
    const ids = hear(stream);
    await clock.pass(10);
    relay.faults = { ...relay.faults, lose: 1 };
    relay.publish(2);
    relay.faults = { ...relay.faults, lose: 0 };
    relay.publish(1);
    await clock.pass(240);
    expect(ids).toEqual([]);
    expect(stream.state).toBe('live');
    await clock.pass(20);
    expect(relay.requests.slice(1)).toEqual(['{"action":"resume","after":"e1.0"}']);
    expect(ids).toEqual(['e1.1', 'e1.2', 'e1.3']);
    expect(told.slice(-2)).toEqual(['recovering', 'live']);
  });

  it('asks at once where more is ahead than it may hold', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0', reorderEvents: 2 });
    const ids = hear(stream);
    await clock.pass(10);
    relay.faults = { ...relay.faults, lose: 1 };
    relay.publish(1);
    relay.faults = { ...relay.faults, lose: 0 };
    relay.publish(5);
    await clock.pass(1);
    expect(ids).toEqual(['e1.1', 'e1.2', 'e1.3', 'e1.4', 'e1.5', 'e1.6']);
  });

  it('learns from a heartbeat of an event that was lost', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    const ids = hear(stream);
    await clock.pass(1_000);
    relay.faults = { ...relay.faults, lose: 1 };
    relay.publish(1);
    await clock.pass(1_000);
    expect(ids).toEqual([]);
    relay.heartbeat();
    await clock.pass(300);
    expect(ids).toEqual(['e1.1']);
  });

  it('passes over a void number, which costs what follows the time to hold', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0' });
    const ids = hear(stream);
    await clock.pass(10);
    relay.publish(1, 'void');
    relay.publish(1);
    await clock.pass(300);
    expect(ids).toEqual(['e1.2']);
    expect(told.some((line) => line.startsWith('gap'))).toBe(false);
  });

  it('asks less and less often where the answers bring nothing', async () => {
    const { relay, clock } = start({ after: 'e1.0' });
    await clock.pass(10);
    relay.log.give();
    relay.heartbeat();
    await clock.pass(30_000);
    const asked = relay.requests.filter((request) => request.includes('resume')).length;
    expect(asked).toBeGreaterThan(3);
    expect(asked).toBeLessThan(10);
  });

  it('asks again where the gateway failed', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(1);
    relay.faults = { ...relay.faults, fail: 1 };
    const ids = hear(stream);
    await clock.pass(100);
    relay.faults = { ...relay.faults, fail: 0 };
    await clock.pass(2_000);
    expect(ids).toEqual(['e1.1']);
    expect(relay.handshakes.length).toBe(1);
  });

  it('says what it cannot read, and goes on', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0' });
    const ids = hear(stream);
    await clock.pass(10);
    relay.open[0]?.hears('{');
    relay.open[0]?.hears('{"type":"error","error":"unknown_action"}');
    relay.publish(1);
    await clock.pass(10);
    expect(told.slice(2)).toEqual(['error protocol', 'error protocol']);
    expect(ids).toEqual(['e1.1']);
  });
});

describe('silence', () => {
  it('of a minute is answered by a ping, and an answer keeps the connection', async () => {
    const { relay, clock } = start();
    await clock.pass(59_000);
    expect(relay.requests).toEqual(['{"action":"start"}']);
    await clock.pass(2_000);
    expect(relay.requests.at(-1)).toBe('{"action":"ping"}');
    await clock.pass(600_000);
    expect(relay.handshakes.length).toBe(1);
  });

  it('after the ping is the end of the connection', async () => {
    const { relay, clock, stream, told } = start();
    await clock.pass(50_000);
    relay.faults = { ...relay.faults, ignore: 1 };
    await clock.pass(20_400);
    expect(relay.handshakes.length).toBe(1);
    relay.faults = { ...relay.faults, ignore: 0 };
    await clock.pass(1_000);
    expect(told).toEqual(['connecting', 'live', 'error timeout', 'offline', 'connecting', 'live']);
    expect(stream.state).toBe('live');
  });

  it('in place of a ready frame, or of a handshake, is the end as well', async () => {
    const { relay, clock, told } = start();
    relay.blocked.websocket = 'silent';
    await clock.pass(10_100);
    expect(told).toEqual(['connecting', 'error timeout', 'offline']);
  });
});

describe('a token', () => {
  it('travels as a subprotocol and is asked for before each handshake', async () => {
    const asked: boolean[] = [];
    const { relay, clock } = start({
      token: async ({ refused }) => {
        asked.push(refused);
        return `t${asked.length}`;
      },
    });
    await clock.pass(10);
    relay.cut();
    await clock.pass(600);
    expect(relay.handshakes.map(({ token }) => token)).toEqual(['t1', 't2']);
    expect(asked).toEqual([false, false]);
  });

  it('may have been refused when a handshake failed: so the callback hears, three times in a row', async () => {
    const asked: boolean[] = [];
    const { relay, clock } = start({
      token: ({ refused }) => {
        asked.push(refused);
        return 'abc';
      },
    });
    relay.blocked.websocket = true;
    await clock.pass(40_000);
    expect(asked.slice(0, 6)).toEqual([false, true, true, true, false, false]);
    relay.blocked.websocket = false;
    await clock.pass(30_000);
    relay.cut();
    await clock.pass(600);
    expect(asked.at(-1)).toBe(false);
  });

  it('that cannot be had is an error and another attempt', async () => {
    let calls = 0;
    const { relay, clock, told } = start({
      token: () => {
        calls += 1;
        if (calls === 1) throw new Error('not signed in');
        return calls === 2 ? 'no good' : 'good';
      },
    });
    await clock.pass(5_000);
    expect(told).toEqual([
      ...['connecting', 'error token', 'offline', 'connecting', 'error token', 'offline'],
      ...['connecting', 'live'],
    ]);
    expect(relay.handshakes.map(({ token }) => token)).toEqual(['good']);
  });

  it('that never comes is given up, and its signal says so', async () => {
    const signals: AbortSignal[] = [];
    const { clock, stream, told } = start({
      token: ({ signal }) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    await clock.pass(31_000);
    expect(told).toEqual(['connecting', 'error token', 'offline', 'connecting']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    stream.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

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
    const { relay, clock, stream } = start({ ...SSE, after: 'e1.0' });
    relay.blocked.websocket = true;
    const ids = hear(stream);
    await clock.pass(330_000);
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

  it('a jump that no ready comment explains is reported as a possible gap', async () => {
    const body = 'id: e1.4\ndata: {"id":"e1.4","seq":4}\n\nid: e1.6\ndata: {"id":"e1.6","seq":6}\n\n';
    const { clock, stream, told } = start({
      ...SSE,
      after: 'e1.1',
      fallbackAfter: 1,
      fetch: async () =>
        new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
      WebSocket: class {
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

describe('for await', () => {
  async function collect(stream: EventStream, count: number): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of stream) {
      ids.push(id);
      if (ids.length === count) break;
    }
    return ids;
  }

  it('reads what came before it began, and goes on where an earlier loop ended', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(3);
    await clock.pass(10);
    expect(await collect(stream, 2)).toEqual(['e1.1', 'e1.2']);
    expect(stream.cursor).toBe('e1.2');
    relay.publish(1);
    await clock.pass(10);
    expect(await collect(stream, 2)).toEqual(['e1.3', 'e1.4']);
    expect(stream.cursor).toBe('e1.4');
  });

  it('that is slow loses nothing: the connection is given up, and resumed when half has been read', async () => {
    const { relay, clock, stream, told } = start({ after: 'e1.0', buffer: 10 });
    await clock.pass(10);
    relay.publish(10);
    await clock.pass(10);
    expect(relay.open).toEqual([]);
    expect(told.at(-1)).toBe('offline');
    relay.publish(20);
    await clock.pass(60_000);
    expect(relay.handshakes.length).toBe(1);
    const first = await collect(stream, 4);
    await clock.pass(10);
    expect(relay.handshakes.length).toBe(1);
    const rest = collect(stream, 26);
    for (let n = 0; n < 20; n += 1) await clock.pass(10);
    expect([...first, ...(await rest)]).toEqual(Array.from({ length: 30 }, (_, index) => `e1.${index + 1}`));
  });

  it('holds no more than the buffer and one frame', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0', buffer: 10 });
    relay.partSize = 7;
    relay.publish(100);
    await clock.pass(60_000);
    let heard = 0;
    stream.on('event', () => {
      heard += 1;
    });
    expect(heard).toBe(14);
  });

  it('is told of a gap between the two events that it parts', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(1);
    await clock.pass(10);
    relay.cut();
    relay.publish(9);
    relay.log.expire(2);
    await clock.pass(600);
    relay.publish(1);
    await clock.pass(10);
    const lines: string[] = [];
    stream.on('gap', ({ from, to }) => lines.push(`${from} to ${to}`));
    for await (const { id } of stream) if (lines.push(id) === 3) break;
    expect(lines).toEqual(['e1.1', 'e1.1 to e1.10', 'e1.11']);
  });

  it('ends when the stream is closed', async () => {
    const { clock, stream } = start();
    const loop = collect(stream, 5);
    await clock.pass(10);
    stream.close();
    expect(await loop).toEqual([]);
    expect(await collect(stream, 1)).toEqual([]);
  });

  it('is one at a time', async () => {
    const { stream } = start();
    const first = stream[Symbol.asyncIterator]();
    expect(() => stream[Symbol.asyncIterator]()).toThrow('read already');
    await first.return?.();
    expect(() => stream[Symbol.asyncIterator]()).not.toThrow();
  });

  it('answers calls that were made at once in their order', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    const loop = stream[Symbol.asyncIterator]();
    const both = Promise.all([loop.next(), loop.next()]);
    relay.publish(2);
    await clock.pass(10);
    expect((await both).map(({ value }) => (value as RelayEvent).id)).toEqual(['e1.1', 'e1.2']);
  });
});

describe('callbacks', () => {
  it('that come late are given what has been waiting', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(2);
    await clock.pass(10);
    expect(hear(stream)).toEqual(['e1.1', 'e1.2']);
  });

  it('end when they are taken back', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    const ids: string[] = [];
    const off = stream.on('event', ({ id }) => ids.push(id));
    relay.publish(1);
    await clock.pass(10);
    off();
    relay.publish(1);
    await clock.pass(10);
    expect(ids).toEqual(['e1.1']);
  });

  it('that throw stop nothing, and what they throw is not swallowed', async () => {
    const thrown = vi.fn();
    vi.stubGlobal('queueMicrotask', (run: () => void) => {
      try {
        run();
      } catch (error) {
        thrown(error);
      }
    });
    const { relay, clock, stream } = start({ after: 'e1.0' });
    vi.unstubAllGlobals();
    const mistake = new Error('mine');
    await clock.pass(10);
    stream.on('event', () => {
      throw mistake;
    });
    const ids = hear(stream);
    vi.stubGlobal('queueMicrotask', (run: () => void) => {
      try {
        run();
      } catch (error) {
        thrown(error);
      }
    });
    relay.publish(2);
    await clock.pass(10);
    vi.unstubAllGlobals();
    expect(thrown.mock.calls).toEqual([[mistake], [mistake]]);
    expect(ids).toEqual(['e1.1', 'e1.2']);
  });

  it('that close the stream hear nothing more', async () => {
    const { relay, clock, stream } = start({ after: 'e1.0' });
    relay.publish(3);
    const ids: string[] = [];
    stream.on('event', ({ id }) => {
      ids.push(id);
      stream.close();
    });
    await clock.pass(10);
    expect(ids).toEqual(['e1.1']);
    expect(stream.cursor).toBe('e1.1');
  });
});

describe('close', () => {
  it('leaves no timer and no connection, from whatever state', async () => {
    for (const ms of [0, 10, 300, 61_000]) {
      for (const websocket of [false, true, 'silent' as const]) {
        const { relay, clock, stream, told } = start(SSE);
        relay.blocked.websocket = websocket;
        await clock.pass(ms);
        stream.close();
        stream.close();
        await settled();
        expect(relay.open).toEqual([]);
        expect(relay.streams).toBe(0);
        expect(told.filter((line) => line === 'closed')).toEqual(['closed']);
        // What is left is the relay's own: its late ready frame.
        await clock.pass(500);
        expect(clock.pending).toBe(0);
        const { length } = relay.handshakes;
        await clock.pass(600_000);
        expect(relay.handshakes.length).toBe(length);
      }
    }
  });

  it('comes by the signal, also by one that was aborted before', async () => {
    const abort = new AbortController();
    const { clock, stream } = start({ signal: abort.signal });
    await clock.pass(10);
    abort.abort();
    expect(stream.state).toBe('closed');
    const late = start({ signal: abort.signal });
    await late.clock.pass(10);
    expect(late.stream.state).toBe('closed');
    expect(late.relay.open).toEqual([]);
  });
});
