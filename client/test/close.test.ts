import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { SSE, start } from './support/start.ts';
import { settled } from './support/world.ts';

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

  it('lets go of the signal and of the page', async () => {
    const page = new EventTarget();
    const add = vi.spyOn(page, 'addEventListener');
    const remove = vi.spyOn(page, 'removeEventListener');
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const { signal } = new AbortController();
    const { clock, stream } = start({ signal });
    await clock.pass(10);
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    stream.close();
    vi.unstubAllGlobals();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(add.mock.calls).toEqual([['online', expect.any(Function)]]);
    expect(remove.mock.calls).toEqual(add.mock.calls);
  });
});
