import { describe, expect, it, vi } from 'vitest';
import { hear, start } from './support/start.ts';

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
