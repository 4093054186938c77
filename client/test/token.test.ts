import { describe, expect, it } from 'vitest';
import { start } from './support/start.ts';

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
  });

  it('that was good is not refused because an earlier one was', async () => {
    const asked: boolean[] = [];
    const { relay, clock } = start({
      token: ({ refused }) => {
        asked.push(refused);
        return 'abc';
      },
    });
    relay.blocked.websocket = true;
    await clock.pass(10);
    relay.blocked.websocket = false;
    await clock.pass(600);
    relay.cut();
    await clock.pass(1_100);
    expect(asked).toEqual([false, true, false]);
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
