import { describe, expect, it } from 'vitest';
import { departed } from '../../../../shared/core/departure.ts';
import { makeMembers } from '../../../../shared/core/members.ts';
import type { Head } from '../../../../shared/core/ports.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { engineOn, subscribe } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const head: Head = { epoch: 'e1', seq: 1, since: 0, subs: 1 };

function counted(): { world: MemoryWorld; lists: () => number } {
  const calls: string[] = [];
  const world = memoryWorld({ after: (call) => void calls.push(call) });
  return { world, lists: () => calls.filter((call) => call === 'list').length };
}

describe('a remembered list of members', () => {
  it('is used while epoch and version stand still, whatever the numbers', async () => {
    const { world, lists } = counted();
    const members = makeMembers(world.membership);
    await members.list(channel, head);
    await members.list(channel, { ...head, seq: 2 });
    await members.list(channel, { ...head, seq: 900 });
    expect(lists()).toBe(1);
  });

  it.each([
    ['a higher version', { ...head, subs: 2 }],
    ['a lower version', { ...head, subs: 0 }],
    ['another epoch', { ...head, epoch: 'e2' }],
  ])('is read anew at %s', async (_title, other) => {
    const { world, lists } = counted();
    const members = makeMembers(world.membership);
    await members.list(channel, head);
    await world.membership.put(channel, { connection: 'a', at: 5 });
    expect(await members.list(channel, other)).toEqual([{ connection: 'a', at: 5 }]);
    expect(lists()).toBe(2);
  });

  it('is kept for each channel apart', async () => {
    const { world } = counted();
    await world.membership.put('tenant:t1', { connection: 'a', at: 1 });
    await world.membership.put('tenant:t2', { connection: 'b', at: 1 });
    const members = makeMembers(world.membership);
    expect(await members.list('tenant:t1', head)).toEqual([{ connection: 'a', at: 1 }]);
    expect(await members.list('tenant:t2', head)).toEqual([{ connection: 'b', at: 1 }]);
    expect(await members.list('tenant:t1', head)).toEqual([{ connection: 'a', at: 1 }]);
  });

  it('is forgotten for the channel that was unused longest when there are too many', async () => {
    const { world, lists } = counted();
    const members = makeMembers(world.membership, 2);
    for (const each of ['x', 'y', 'x', 'z']) await members.list(each, head);
    expect(lists()).toBe(3);
    await members.list('x', head);
    expect(lists()).toBe(3);
    await members.list('y', head);
    expect(lists()).toBe(4);
  });

  it('is not kept from a read that failed', async () => {
    const { world } = counted();
    let broken = true;
    const members = makeMembers({
      ...world.membership,
      list: (name) => (broken ? Promise.reject(new Error('no answer')) : world.membership.list(name)),
    });
    await expect(members.list(channel, head)).rejects.toThrow('no answer');
    broken = false;
    expect(await members.list(channel, head)).toEqual([]);
  });
});

describe('a publish', () => {
  const one = [{ channel, events: [{ json: '{"n":1}' }] }];

  it('numbered after a departure posts nothing to the departed, though its function remembers it', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    await subscribe(world, 'b', channel, world.clock.now());
    const relay = engineOn(world);
    await publish(relay, one);
    await departed(world, 'a');
    await publish(relay, one);
    expect(world.received.get('a')).toHaveLength(1);
    expect(world.received.get('b')).toHaveLength(2);
  });

  it('numbered after an arrival reaches the arrived, though its function remembers a list without it', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', channel, world.clock.now());
    const relay = engineOn(world);
    await publish(relay, one);
    await subscribe(world, 'b', channel, world.clock.now());
    await publish(relay, one);
    expect(world.received.get('b')).toEqual(['{"id":"_______tenant-t1.2","seq":2,"n":1}']);
  });

  it('of one channel reaches nobody of another', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', 'tenant:t1', world.clock.now());
    await subscribe(world, 'b', 'tenant:t2', world.clock.now());
    await publish(engineOn(world), one);
    expect([...world.received.keys()]).toEqual(['a']);
  });
});
