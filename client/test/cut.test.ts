import { describe, expect, it, vi } from 'vitest';
import { hear, start } from './support/start.ts';

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
