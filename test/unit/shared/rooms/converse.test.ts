import { describe, expect, it } from 'vitest';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { answerTo, arrive, connect, connectedTo, roomsOn, says } from '../../../support/rooms.ts';

/** Says it; why the client had to go for it, if it had. */
async function refusal(world: MemoryWorld, text: string): Promise<string | undefined> {
  let reason: string | undefined;
  const onMalformed = (_: string, why: string) => {
    reason = why;
  };
  await says({ ...roomsOn(world), onMalformed }, 'a', text);
  return reason;
}

const frames = (world: MemoryWorld) => world.received.get('a') ?? [];

describe('a client that is connected', () => {
  it.each([
    ['', 'the packet is empty'],
    ['b4AAEC', 'binary data is not taken'],
    ['7', 'the packet has no known type'],
    ['x', 'the packet has no known type'],
    ['0{"sid":"x"}', 'a client sends no packet of the kind open'],
    ['2', 'a client sends no packet of the kind ping'],
    ['5', 'a client sends no packet of the kind upgrade'],
    ['4', 'the packet is empty'],
    ['49', 'the packet has no known type'],
    ['40', 'CONNECT came twice'],
    ['40{"recovery":true}', 'CONNECT came twice'],
    ['40[]', 'the payload of CONNECT is not an object'],
    ['41{}', 'DISCONNECT has no payload'],
    ['42', expect.any(String)],
    ['42{}', 'the payload is not a list'],
    ['42[]', 'the event has no name'],
    ['42[{}]', 'the event has no name'],
    ['42["disconnect"]', "the event's name is reserved"],
    ['4299999999999999999["join","project_7"]', 'the acknowledgement id is too large'],
    ['42/other,["join","project_7"]', 'a packet came without a connection to its namespace'],
    ['41/other', 'a packet came without a connection to its namespace'],
    ['43[]', 'the acknowledgement has no id'],
    ['44{"message":"x"}', 'a client sends no CONNECT_ERROR'],
    ['45-["x"]', 'the binary packet does not count its attachments'],
    ['451-["x",{"_placeholder":true,"num":0}]', 'binary data is not taken'],
    ['461-0[{"_placeholder":true,"num":0}]', 'binary data is not taken'],
  ])('has to go for %j', async (text, reason) => {
    const world = memoryWorld();
    await connect(world, 'a', undefined, ['project:7']);
    expect(await refusal(world, text)).toEqual(reason);
    expect(world.closed).toEqual(['a']);
    expect(await world.rooms.get('a')).toBeUndefined();
    expect(await world.membership.list('project:7')).toEqual([]);
  });

  it('has its binary event answered before it goes', async () => {
    const world = memoryWorld();
    await connect(world, 'a');
    await refusal(world, '451-7["x",{"_placeholder":true,"num":0}]');
    expect(answerTo(world, 'a', 7)).toEqual({ ok: false, error: 'binary_not_taken' });
    expect(world.closed).toEqual(['a']);
  });

  it.each(['3', '3probe', '6', '430[]', '4312["x"]'])('says %j and nothing happens', async (text) => {
    const world = memoryWorld();
    await connect(world, 'a');
    const before = frames(world);
    expect(await refusal(world, text)).toBeUndefined();
    expect(frames(world)).toEqual(before);
    expect(world.closed).toEqual([]);
  });

  it.each(['420["shout",1]', '420[7]', '420["__proto__"]', '420["Join","project_7"]'])(
    'says %s and is told that there is no such thing',
    async (text) => {
      const world = memoryWorld();
      await connect(world, 'a');
      expect(await refusal(world, text)).toBeUndefined();
      expect(answerTo(world, 'a', 0)).toEqual({ ok: false, error: 'unknown_event' });
      expect(world.closed).toEqual([]);
    },
  );

  it('is not answered where it did not ask for it', async () => {
    const world = memoryWorld();
    await connect(world, 'a');
    await refusal(world, '42["shout"]');
    await refusal(world, '42["join","project_7"]');
    expect(frames(world).filter((frame) => frame.startsWith('43'))).toEqual([]);
    expect((await world.rooms.get('a'))?.channels).toEqual(['project:7']);
  });

  it.each(['1', '41', '41/'])('says good-bye by %s, and has no session to come back to', async (text) => {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true }, ['project:7']);
    const pid = connectedTo(world, 'a')?.pid ?? '';
    expect(await world.sessions.get(pid)).toBeDefined();
    expect(await refusal(world, text)).toBeUndefined();
    expect(await world.sessions.get(pid)).toBeUndefined();
    expect(world.closed).toEqual(['a']);
    await connect(world, 'b', { recovery: true, pid, offset: '' });
    expect(connectedTo(world, 'b')?.pid).not.toBe(pid);
  });
});

describe('a socket that its client has left behind', () => {
  it('says good-bye, and the session stays', async () => {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true });
    const pid = connectedTo(world, 'a')?.pid ?? '';
    const slow = world.as({
      async before(call) {
        if (call === 'deleteSession') await connect(world, 'b', { recovery: true, pid });
      },
    });
    await says(roomsOn(slow), 'a', '41');
    expect((await world.sessions.get(pid))?.connection).toBe('b');
  });
});

describe('a client that is not connected yet', () => {
  it.each(['420["join","project_7"]', '41', '430[]', '451-["x"]'])('has to go for %j', async (text) => {
    const world = memoryWorld();
    await arrive(world, 'a');
    expect(await refusal(world, text)).toBe('a packet came without a connection to its namespace');
    expect(world.closed).toEqual(['a']);
  });

  it('may answer pings and leave', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    expect(await refusal(world, '3')).toBeUndefined();
    expect(world.closed).toEqual([]);
    await refusal(world, '1');
    expect(world.closed).toEqual(['a']);
  });
});
