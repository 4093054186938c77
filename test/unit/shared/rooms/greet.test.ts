import { describe, expect, it } from 'vitest';
import { greet } from '../../../../shared/rooms/greet.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { arrive, roomsOn } from '../../../support/rooms.ts';

const once = { by: 'me', sid: 'transport-1' };
const open =
  '0{"sid":"transport-1","upgrades":[],"pingInterval":240000,"pingTimeout":300000,"maxPayload":32768}';

describe('the first packet', () => {
  it('says what a client has to know of its transport', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    await greet(roomsOn(world), 'a', once);
    expect(world.received.get('a')).toEqual([open]);
    expect(await world.connections.get('a')).toMatchObject({ live: false });
  });

  it('is sent once, by whoever comes first', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    await Promise.all(['x', 'y', 'z'].map((by) => greet(roomsOn(world), 'a', { ...once, by })));
    expect(world.received.get('a')).toEqual([open]);
  });

  it('is not sent to a connection that is gone', async () => {
    const world = memoryWorld();
    await greet(roomsOn(world), 'a', once);
    expect(world.received.size).toBe(0);
  });

  it('waits for a handshake that is not answered yet', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    world.answers.set('a', ['gone', 'gone']);
    await greet(roomsOn(world), 'a', once);
    expect(world.received.get('a')).toEqual([open]);
  });

  it('that may have arrived is not repeated: the socket is closed', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    world.answers.set('a', ['failed']);
    await greet(roomsOn(world), 'a', once);
    expect(world.received.has('a')).toBe(false);
    expect(world.closed).toEqual(['a']);
    expect(await world.rooms.get('a')).toBeUndefined();
  });
});
