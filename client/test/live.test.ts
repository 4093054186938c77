import { describe, expect, it } from 'vitest';
import { hear, start } from './support/start.ts';

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
