/** A stream on a relay of its own, on a virtual clock. */

import { afterEach } from 'vitest';
import { type ConnectOptions, connect, type EventStream } from '../../src/index.ts';
import { FakeRelay } from './fake-relay.ts';
import { VirtualClock } from './world.ts';

const open: EventStream[] = [];

afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

/** `told` is the diary of all that the application hears besides events. */
export function start(options: Partial<ConnectOptions> = {}): {
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

/** The ids of all events from now on. */
export function hear(stream: EventStream): string[] {
  const ids: string[] = [];
  stream.on('event', ({ id }) => ids.push(id));
  return ids;
}

export const SSE = { sse: 'https://relay.test/sse?tenant=t1' };
