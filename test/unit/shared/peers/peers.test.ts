/** Two peers find each other, speak, and end: once, whoever crashes or comes at the same moment. */
import { describe, expect, it } from 'vitest';
import { arrive } from '../../../../shared/peers/arrival.ts';
import { endSession } from '../../../../shared/peers/ending.ts';
import { forward, NO_PEER } from '../../../../shared/peers/forward.ts';
import type { PeerSession, Place } from '../../../../shared/peers/ports.ts';
import { peerOf, peersOn, TIMEOUT_MS } from '../../../support/memory-peers.ts';
import { Crash, memoryWorld } from '../../../support/memory-world.ts';

const id = 's1';

function setUp(options: Parameters<typeof peersOn>[3] = {}) {
  const world = memoryWorld();
  const items = new Map<string, PeerSession>();
  const told: PeerSession[] = [];
  const relay = peersOn(world, items, told, options);
  const come = async (connection: string, until?: number): Promise<Place> => ({
    session: id,
    ...(await arrive(relay, id, peerOf(world, connection, until))),
  });
  let frames = 0;
  const say = (place: Place, connection: string, text: string) => {
    frames += 1;
    return forward(relay, place, connection, text, `frame ${frames}`);
  };
  return { world, items, told, relay, come, say };
}

describe('peers that arrive', () => {
  it('are the client and the server of one session', async () => {
    const { items, come } = setUp();
    const [client, server] = [await come('a'), await come('b')];
    expect([client.side, server.side]).toEqual(['client', 'server']);
    expect(server.instance).toBe(client.instance);
    expect(items.get(id)).toMatchObject({ client: { connection: 'a' }, server: { connection: 'b' } });
  });

  it('six at one instant: two are paired, four are refused', async () => {
    const { items, come } = setUp();
    const results = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => come(name)));
    const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(refused).toEqual(['conflict', 'conflict', 'conflict', 'conflict']);
    const sides = results.flatMap((one) => (one.status === 'fulfilled' ? [one.value.side] : []));
    expect(sides.toSorted()).toEqual(['client', 'server']);
    expect(items.get(id)?.server).toBeDefined();
  });

  it('take the slot of one whose handshake failed, once that is known', async () => {
    const { world, come } = setUp();
    await come('a');
    await come('failed');
    world.answers.set('failed', ['gone', 'gone']);
    await expect(come('early')).rejects.toMatchObject({ code: 'conflict' });
    world.clock.advance(10_000);
    expect((await come('b')).side).toBe('server');
  });

  it('begin anew where somebody who had spoken is gone, and the one who was left is closed', async () => {
    const { world, come, say, told } = setUp();
    const client = await come('a');
    await come('b');
    await say(client, 'a', 'hello');
    world.clock.advance(10_000);
    world.answers.set('a', ['gone']);
    expect((await come('c')).side).toBe('client');
    expect(told).toMatchObject([{ ended: { reason: 'gone' }, bytes: { client: 5, server: 0 } }]);
    expect(world.closed).toContain('b');
  });

  it('with the token of the other are refused, where the two must differ', async () => {
    const { world, relay, come } = setUp();
    const withToken = (connection: string, token: string) =>
      arrive(relay, id, { ...peerOf(world, connection), token });
    await withToken('a', 'one');
    await expect(withToken('b', 'one')).rejects.toMatchObject({ code: 'forbidden' });
    expect((await withToken('c', 'other')).side).toBe('server');
    world.clock.advance(10_000);
    world.answers.set('c', ['gone']);
    await expect(withToken('d', 'one')).rejects.toMatchObject({ code: 'forbidden' });
    world.answers.set('c', ['gone']);
    expect(await withToken('e', 'other')).toMatchObject({ side: 'server' });
    await expect(come('f')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('with the token of their own failed handshake begin anew', async () => {
    const { world, relay, told } = setUp();
    await arrive(relay, id, { ...peerOf(world, 'failed'), token: 'one' });
    world.clock.advance(10_000);
    world.answers.set('failed', ['gone']);
    expect((await arrive(relay, id, { ...peerOf(world, 'a'), token: 'one' })).side).toBe('client');
    expect(told).toMatchObject([{ ended: { reason: 'gone' } }]);
  });

  it('wait for what they have to clear away, however long that takes', async () => {
    const { world, come } = setUp();
    await come('a');
    world.clock.advance(TIMEOUT_MS);
    const { close } = world.sockets;
    Object.assign(world.sockets, {
      close: async (connection: string) => {
        world.clock.advance(3_000);
        return close(connection);
      },
    });
    expect((await come('b')).side).toBe('client');
  });

  it.each([
    ['that nobody joined', false, 'alone'],
    ['that was quiet', true, 'idle'],
  ])('begin anew after a session %s', async (_, isPaired, reason) => {
    const { world, come, told } = setUp();
    await come('a');
    if (isPaired) await come('b');
    world.clock.advance(TIMEOUT_MS);
    expect((await come('c')).side).toBe('client');
    expect(told).toMatchObject([{ ended: { reason } }]);
  });
});

describe('a frame', () => {
  it('reaches the other peer as it is, and is counted', async () => {
    const { world, items, come, say } = setUp();
    const [client, server] = [await come('a'), await come('b')];
    await say(client, 'a', '{"action":"ping"}');
    await say(server, 'b', 'größer');
    expect(world.received.get('b')).toEqual(['{"action":"ping"}']);
    expect(world.received.get('a')).toEqual(['größer']);
    expect(items.get(id)).toMatchObject({ bytes: { client: 17, server: 8 }, frames: 2 });
  });

  it('before there is another peer is answered, and counted nowhere', async () => {
    const { world, items, come, say } = setUp();
    const client = await come('a');
    await say(client, 'a', 'anybody?');
    expect(world.received.get('a')).toEqual([NO_PEER]);
    expect(items.get(id)).toMatchObject({ frames: 0 });
  });

  it('of somebody whose session is over closes that socket', async () => {
    const { world, relay, come, say } = setUp();
    const client = await come('a');
    await come('b');
    await endSession(relay, { id, instance: client.instance }, 'left');
    world.closed.length = 0;
    await say(client, 'a', 'too late');
    expect(world.closed).toEqual(['a']);
    expect(world.received.get('b')).toBeUndefined();
  });

  it('to somebody who is not there yet ends it, and leaves that one to be closed when it is', async () => {
    const connections = new Map([['b', { id: 'b', session: id, at: 0 }]]);
    const { world, come, say, told } = setUp({ connections });
    const client = await come('a');
    await come('b');
    world.answers.set('b', ['gone', 'gone', 'gone', 'gone']);
    Object.assign(world.sockets, { close: async (one: string) => (one === 'b' ? 'gone' : 'closed') });
    await say(client, 'a', 'too early');
    expect(told).toMatchObject([{ ended: { reason: 'gone' } }]);
    expect([...connections.keys()]).toEqual(['b']);
  });

  it('that may have arrived is not sent again: both are closed', async () => {
    const { world, come, say, told } = setUp();
    const client = await come('a');
    await come('b');
    world.answers.set('b', ['failed']);
    await say(client, 'a', 'once');
    expect(told).toMatchObject([{ ended: { reason: 'undelivered' }, bytes: { client: 4 } }]);
    expect(new Set(world.closed)).toEqual(new Set(['a', 'b']));
  });

  it.each([
    ['bytes', { bytes: 10 }, 'more than ten'],
    ['frames', { framesPerSecond: 0.05 }, 'x'],
  ] as const)('beyond the %s of a session ends it', async (reason, peerLimits, text) => {
    const { world, come, say, told } = setUp({ peerLimits });
    const client = await come('a');
    await come('b');
    await say(client, 'a', text);
    await say(client, 'a', text);
    expect(told).toMatchObject([{ ended: { reason } }]);
    expect(new Set(world.closed)).toEqual(new Set(['a', 'b']));
  });
});

describe('the end of a session', () => {
  it('is told once, whoever notices', async () => {
    const { relay, come, told, items } = setUp();
    const { instance } = await come('a');
    await come('b');
    const all = await Promise.all(
      ['left', 'gone', 'idle'].map((reason) => endSession(relay, { id, instance }, reason as 'left')),
    );
    expect(all.filter(Boolean)).toHaveLength(1);
    expect(told).toHaveLength(1);
    expect(items.size).toBe(0);
  });

  it('of an earlier session of the same id ends no later one', async () => {
    const { relay, come, items } = setUp();
    const { instance } = await come('a');
    await endSession(relay, { id, instance }, 'left');
    await come('c');
    expect(await endSession(relay, { id, instance }, 'left')).toBe(false);
    expect(items.get(id)).toMatchObject({ client: { connection: 'c' } });
  });

  it.each(['before', 'after'] as const)(
    'whose maker dies %s any step is carried out by who comes next',
    async (when) => {
      for (const step of ['endSession', 'removeSession']) {
        const { world, items, told, relay, come } = setUp();
        const { instance } = await come('a');
        await come('b');
        const die = (call: string) => {
          if (call === step) throw new Crash();
        };
        const dying = peersOn(world, items, told, { hooks: { [when]: die } });
        await expect(endSession(dying, { id, instance }, 'left')).rejects.toBeInstanceOf(Crash);
        world.clock.advance(10_000);
        if (items.has(id) && !items.get(id)?.ended) await endSession(relay, { id, instance }, 'gone');
        expect((await come('c')).side).toBe('client');
        expect(told.length, `${when} ${step}`).toBeGreaterThan(0);
        expect(new Set(world.closed)).toEqual(new Set(['a', 'b']));
      }
    },
  );
});
