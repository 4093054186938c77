import { describe, expect, it } from 'vitest';
import type { EventStream, RelayEvent } from '../src/index.ts';
import { start } from './support/start.ts';

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
