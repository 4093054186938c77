/** Joining and leaving of a client that recovers, and of a plain one that catches up with what it has missed. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { sweep } from '../../../../shared/core/sweep.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { connect, connectedTo, eventsTo, roomsOn } from '../../../support/rooms.ts';
import { counted, crashAfter, untilCrash } from '../crash.ts';
import { ask, at, batch, numbers, project, publish } from './joining.ts';

describe('a plain client that has missed much', () => {
  it('is told to come again where that takes long, and goes on behind what it has got', async () => {
    const world = memoryWorld();
    for (let n = 1; n <= 8; n += 1) await publish(world, n, project);
    await connect(world, 'a');
    const slow = world.as({
      before(call) {
        if (call === 'post') world.clock.advance(limits.joinMs / 4);
      },
    });
    const first = await ask(world, 'join', { room: 'project_7', after: at(project, 0) }, roomsOn(slow));
    expect(first).toEqual({ ok: false, error: 'busy' });
    expect((await world.rooms.get('a'))?.channels).toEqual([]);
    const last = eventsTo(world, 'a').at(-1)?.payload.id;
    const next = await ask(world, 'join', { room: 'project_7', after: last });
    expect(next).toEqual({ ok: true, room: 'project_7', head: at(project, 8), recovered: true });
    expect(numbers(world)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

describe('a client that recovers', () => {
  async function worldWith(...channels: readonly string[]): Promise<MemoryWorld> {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true }, channels);
    return world;
  }

  const sessionOf = (world: MemoryWorld) => world.sessions.get(connectedTo(world, 'a')?.pid ?? '');

  it('has its rooms in its session before it is answered', async () => {
    const world = await worldWith(batch);
    await publish(world, 1, project);
    const calls: string[] = [];
    await ask(world, 'join', 'project_7', roomsOn(world.as(counted({}, calls))));
    expect(calls.indexOf('updateSession')).toBeGreaterThan(-1);
    expect(calls.indexOf('updateSession')).toBeLessThan(calls.indexOf('post'));
    expect([...((await sessionOf(world))?.since ?? [])]).toEqual([
      [batch, { epoch: epochOf(batch), seq: 0 }],
      [project, { epoch: epochOf(project), seq: 1 }],
    ]);
    await ask(world, 'leave', 'batch_9');
    expect([...((await sessionOf(world))?.since.keys() ?? [])]).toEqual([project]);
  });

  it('keeps the place that it joined at when it joins again, but for one that it names', async () => {
    const world = await worldWith(project);
    for (const n of [1, 2]) await publish(world, n, project);
    await ask(world, 'join', 'project_7');
    expect((await sessionOf(world))?.since.get(project)?.seq).toBe(0);
    await ask(world, 'join', { room: 'project_7', after: at(project, 1) });
    expect((await sessionOf(world))?.since.get(project)?.seq).toBe(1);
    // It asked for the second once more.
    expect(numbers(world)).toEqual([1, 2, 2]);
  });

  it('has everything up to the head of its answer before that, should it be in the room already', async () => {
    const world = await worldWith(project);
    await untilCrash(publish(world.as(crashAfter(2)), 1, project));
    expect(await ask(world, 'join', 'project_7')).toEqual({
      ok: true,
      room: 'project_7',
      head: at(project, 1),
    });
    expect(numbers(world)).toEqual([1]);
  });

  it('waits for whoever feeds it just now', async () => {
    const world = await worldWith();
    await world.rooms.hold('a', 'somebody', world.clock.now() + 28_000);
    let tries = 0;
    const watched = world.as({
      async before(call) {
        if (call !== 'hold') return;
        tries += 1;
        if (tries === 3) await world.rooms.letGo('a', 'somebody', new Map());
      },
    });
    expect(await ask(world, 'join', 'project_7', roomsOn(watched))).toMatchObject({ ok: true });
    expect(tries).toBe(3);
  });

  it.each(['join', 'leave'] as const)('is told that it is busy where a %s waits in vain', async (act) => {
    const world = await worldWith(project);
    const begun = world.clock.now();
    await world.rooms.hold('a', 'somebody', begun + 28_000);
    expect(await ask(world, act, 'project_7')).toEqual({ ok: false, error: 'busy' });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(limits.holdMs);
    expect(world.closed).toEqual([]);
    expect((await world.membership.list(project)).map(({ connection }) => connection)).toEqual(['a']);
  });

  it('whose feeder has died is closed rather than answered', async () => {
    const world = await worldWith();
    await world.rooms.hold('a', 'somebody', world.clock.now());
    expect(await ask(world, 'join', 'project_7')).toBeUndefined();
    expect(world.closed).toEqual(['a']);
  });

  it.each(['join', 'leave'] as const)(
    'that has come back with another socket has no say by the old one: a %s there changes nothing',
    async (act) => {
      const world = await worldWith(project);
      const pid = connectedTo(world, 'a')?.pid ?? '';
      const before = { connection: 'b', sid: 's', since: new Map() };
      await world.sessions.create(pid, before);
      expect(await ask(world, act, act === 'join' ? 'batch_9' : 'project_7')).toBeUndefined();
      expect(await world.sessions.get(pid)).toEqual(before);
      expect(world.closed).toEqual(['a']);
      expect(await world.rooms.get('a')).toBeUndefined();
      expect(await world.membership.list(batch)).toEqual([]);
    },
  );

  it('gives the feeding back with all that came meanwhile', async () => {
    const world = await worldWith(batch);
    let isPublished = false;
    const watched = world.as({
      async before(call) {
        if (call !== 'updateSession' || isPublished) return;
        isPublished = true;
        await publish(world, 1, batch);
      },
    });
    await ask(world, 'join', 'project_7', roomsOn(watched));
    expect(numbers(world)).toEqual([1]);
    expect((await world.rooms.get('a'))?.heldUntil).toBeUndefined();
  });

  it.each(['join', 'leave'] as const)(
    'loses nothing of its other rooms where a %s dies at any call',
    async (act) => {
      for (let n = 1; n < 40; n += 1) {
        const world = await worldWith(project);
        const calls: string[] = [];
        const dying = world.as(counted(crashAfter(n), calls));
        await untilCrash(ask(world, act, act === 'join' ? 'batch_9' : 'job_x', roomsOn(dying)));
        await publish(world, 1, project);
        world.clock.advance(60_000);
        await sweep(roomsOn(world), 0, 1);
        if (world.closed.includes('a')) {
          const offset = eventsTo(world, 'a').at(-1)?.offset;
          await connect(world, 'b', { recovery: true, pid: connectedTo(world, 'a')?.pid, offset });
          expect(connectedTo(world, 'b')?.pid).toBe(connectedTo(world, 'a')?.pid);
        }
        expect([...numbers(world), ...numbers(world, 'b')], `died after call ${n}`).toEqual([1]);
        if (calls.length < n) return;
      }
      throw new Error('was expected to end within 40 calls');
    },
  );
});
