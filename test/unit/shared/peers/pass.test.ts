/** Departures, and the minute's pass: every session comes to its end, told once, and no socket stays open without one. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { arrive } from '../../../../shared/peers/arrival.ts';
import { peerLeft } from '../../../../shared/peers/departure.ts';
import { endSession } from '../../../../shared/peers/ending.ts';
import { forward } from '../../../../shared/peers/forward.ts';
import { passPeers } from '../../../../shared/peers/pass.ts';
import type { PeerConnection, PeerLimits, PeerSession } from '../../../../shared/peers/ports.ts';
import { peerOf, peersOn, TIMEOUT_MS } from '../../../support/memory-peers.ts';
import { Crash, memoryWorld } from '../../../support/memory-world.ts';

const id = 's1';
const OLD_MS = limits.connectSeconds * 1_000;

function setUp(peerLimits: PeerLimits = {}) {
  const world = memoryWorld();
  const items = new Map<string, PeerSession>();
  const connections = new Map<string, PeerConnection>();
  const told: PeerSession[] = [];
  const relay = peersOn(world, items, told, { connections, peerLimits });
  const come = async (
    connection: string,
    { until, session = id }: { until?: number; session?: string } = {},
  ) => {
    await relay.connections.put({ id: connection, session, at: world.clock.now() });
    return { session, ...(await arrive(relay, session, peerOf(world, connection, until))) };
  };
  const pass = () => passPeers(relay, 0, 1);
  return { world, items, connections, told, relay, come, pass };
}

describe('a peer that leaves', () => {
  it('ends its session: the other is closed, the id is free', async () => {
    const { world, items, connections, told, relay, come } = setUp();
    await come('a');
    await come('b');
    await peerLeft(relay, 'a');
    expect(told).toMatchObject([{ ended: { reason: 'left' } }]);
    expect(world.closed).toEqual(['b']);
    expect([items.size, connections.size]).toEqual([0, 0]);
    expect((await come('c')).side).toBe('client');
  });

  it('twice, or together with the other, ends it once', async () => {
    const { told, relay, come } = setUp();
    await come('a');
    await come('b');
    await Promise.all(['a', 'b', 'a', 'b'].map((name) => peerLeft(relay, name)));
    expect(told).toHaveLength(1);
  });

  it('late, when others have the id, harms nobody', async () => {
    const { items, connections, told, relay, come } = setUp();
    const { instance } = await come('a');
    await endSession(relay, { id, instance }, 'idle');
    await relay.connections.put({ id: 'a', session: id, at: 0 });
    await come('c');
    await peerLeft(relay, 'a');
    expect(told).toHaveLength(1);
    expect(items.get(id)).toMatchObject({ client: { connection: 'c' } });
    expect([...connections.keys()]).toEqual(['c']);
  });

  it('while somebody ends its session leaves that to it', async () => {
    const { world, items, connections, told, relay, come } = setUp();
    const { instance } = await come('a');
    await relay.sessions.end(id, instance, {
      at: world.clock.now(),
      reason: 'idle',
      by: 'somebody',
      since: world.clock.now(),
    });
    await peerLeft(relay, 'a');
    expect(told).toEqual([]);
    expect(connections.has('a')).toBe(true);
    world.clock.advance(10_000);
    await peerLeft(relay, 'a');
    expect(told).toMatchObject([{ ended: { reason: 'idle' } }]);
    expect(items.size).toBe(0);
  });

  it('before it has its slot is left to the minute’s pass', async () => {
    const { world, items, connections, told, relay, pass } = setUp();
    await relay.connections.put({ id: 'a', session: id, at: world.clock.now() });
    await peerLeft(relay, 'a');
    await arrive(relay, id, peerOf(world, 'a'));
    world.answers.set('a', ['gone']);
    world.clock.advance(OLD_MS);
    expect(await pass()).toMatchObject({ ended: 1 });
    expect(told).toMatchObject([{ ended: { reason: 'gone' } }]);
    expect([items.size, connections.size]).toEqual([0, 0]);
  });

  it('that nobody knows changes nothing', async () => {
    const { told, relay } = setUp();
    await peerLeft(relay, 'nobody');
    expect(told).toEqual([]);
  });
});

describe('the minute’s pass', () => {
  it('leaves those alone that speak, or wait', async () => {
    const { world, told, come, pass } = setUp();
    await come('a');
    await come('b');
    await come('c', { session: 's2' });
    world.clock.advance(TIMEOUT_MS - 1);
    expect(await pass()).toEqual({ sockets: 3, ended: 0, strays: 0, failed: 0 });
    expect(told).toEqual([]);
    expect(world.closed).toEqual([]);
  });

  it.each([
    ['idle', true, {}],
    ['alone', false, {}],
    ['seconds', true, { seconds: 5 }],
  ] as const)('ends who is due: %s', async (reason, isPaired, peerLimits) => {
    const { world, connections, told, come, pass } = setUp(peerLimits);
    await come('a');
    if (isPaired) await come('b');
    world.clock.advance(TIMEOUT_MS);
    expect(await pass()).toMatchObject({ ended: 1, strays: 0 });
    expect(told).toMatchObject([{ ended: { reason } }]);
    expect(connections.size).toBe(0);
    expect(new Set(world.closed)).toEqual(new Set(isPaired ? ['a', 'b'] : ['a']));
  });

  it('ends whose token has expired, of either peer', async () => {
    const { world, told, come, pass } = setUp();
    await come('a');
    await come('b', { until: world.clock.now() + 1_000 });
    world.clock.advance(1_000);
    await pass();
    expect(told).toMatchObject([{ ended: { reason: 'expired' } }]);
    expect(new Set(world.closed)).toEqual(new Set(['a', 'b']));
  });

  it('ends who has left without a word, once a handshake can no longer be under way', async () => {
    const { world, told, come, pass } = setUp();
    await come('a');
    await come('b');
    world.answers.set('b', ['gone']);
    await pass();
    expect(told).toEqual([]);
    world.clock.advance(OLD_MS);
    await pass();
    expect(told).toMatchObject([{ ended: { reason: 'gone' } }]);
    expect(world.closed).toEqual(['a']);
  });

  it('closes a socket that is in no session, once its handshake must be over', async () => {
    const { world, connections, relay, come, pass } = setUp();
    await come('a');
    await relay.connections.put({ id: 'stray', session: 's9', at: world.clock.now() });
    await relay.connections.put({ id: 'third', session: id, at: world.clock.now() });
    expect(await pass()).toMatchObject({ strays: 0 });
    world.clock.advance(OLD_MS);
    expect(await pass()).toMatchObject({ ended: 0, strays: 2 });
    expect(new Set(world.closed)).toEqual(new Set(['stray', 'third']));
    expect([...connections.keys()]).toEqual(['a']);
  });

  it.each(['endSession', 'removeSession'])('does what was left undone by who died after %s', async (step) => {
    const { world, items, connections, told, come, pass } = setUp();
    const { instance } = await come('a');
    await come('b');
    const after = (call: string) => {
      if (call === step) throw new Crash();
    };
    const dying = peersOn(world, items, told, { hooks: { after }, connections: new Map(connections) });
    await expect(endSession(dying, { id, instance }, 'left')).rejects.toBeInstanceOf(Crash);
    world.clock.advance(OLD_MS);
    await pass();
    expect(told).toHaveLength(1);
    expect(told).toMatchObject([{ ended: { reason: 'left' } }]);
    expect(new Set(world.closed)).toEqual(new Set(['a', 'b']));
    expect([items.size, connections.size]).toEqual([0, 0]);
  });

  it('beside itself, a frame and a departure ends a session once', async () => {
    const { world, told, relay, come, pass } = setUp();
    const place = await come('a');
    await come('b');
    world.clock.advance(TIMEOUT_MS);
    await Promise.all([pass(), pass(), peerLeft(relay, 'b'), forward(relay, place, 'a', 'hello', 'f1')]);
    expect(told).toHaveLength(1);
    expect(told[0]?.bytes.client).toBe(world.received.get('b') ? 5 : 0);
  });

  it('by several parts at once does once what was left undone', async () => {
    const { world, told, relay, come } = setUp();
    const { instance } = await come('a');
    await come('b');
    const end = { at: world.clock.now(), reason: 'left', by: 'the dead', since: world.clock.now() } as const;
    await relay.sessions.end(id, instance, end);
    world.clock.advance(OLD_MS);
    const read = await relay.sessions.get(id);
    // One is at it still when another, who has read of the dead before, comes to take it over, and then reads again.
    const heir = { by: 'the first heir', since: world.clock.now() };
    expect(await relay.sessions.inherit(id, instance, read?.ended?.by ?? '', heir)).toBe(true);
    await passPeers(relay, 0, 1);
    expect(told).toEqual([]);
    world.clock.advance(OLD_MS);
    await passPeers(relay, 0, 1);
    expect(told).toMatchObject([{ ended: { at: end.at, reason: 'left' } }]);
  });

  it('goes on with the others where one cannot be looked after', async () => {
    const { world, told, relay, come, pass } = setUp();
    for (let n = 0; n < 10; n += 1) await come(`a${n}`, { session: `many-${n}` });
    world.clock.advance(TIMEOUT_MS);
    const { get } = relay.sessions;
    Object.assign(relay.sessions, {
      get: (name: string) => (name === 'many-3' ? Promise.reject(new Error('throttled')) : get(name)),
    });
    expect(await pass()).toMatchObject({ ended: 9, failed: 1 });
    expect(told).toHaveLength(9);
  });

  it('finds a session whose ender has died, though its peers have spoken since', async () => {
    const { world, connections, told, relay, come, pass } = setUp();
    const place = await come('a');
    await come('b');
    const at = world.clock.now();
    await relay.sessions.end(id, place.instance, { at, reason: 'left', by: 'the dead', since: at });
    await forward(relay, place, 'a', 'hello?', 'f1');
    expect(world.closed).toEqual(['a']);
    expect(connections.has('a')).toBe(true);
    world.clock.advance(OLD_MS);
    await pass();
    expect(told).toMatchObject([{ ended: { reason: 'left' }, frames: 0 }]);
    expect(connections.size).toBe(0);
  });

  it('keeps a socket that cannot be closed for the next one', async () => {
    const { world, connections, come, pass, relay } = setUp();
    await come('a');
    world.clock.advance(TIMEOUT_MS);
    const close = relay.sockets.close.bind(relay.sockets);
    Object.assign(relay.sockets, { close: async () => 'refused' });
    await pass();
    expect([...connections.keys()]).toEqual(['a']);
    Object.assign(relay.sockets, { close });
    expect(await pass()).toMatchObject({ strays: 1 });
    expect(connections.size).toBe(0);
  });
});
