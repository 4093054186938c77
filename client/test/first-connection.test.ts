import { describe, expect, it } from 'vitest';
import { hear, start } from './support/start.ts';

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
