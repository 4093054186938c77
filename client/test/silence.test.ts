import { describe, expect, it } from 'vitest';
import { start } from './support/start.ts';

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
