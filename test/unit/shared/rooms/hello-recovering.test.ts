/** CONNECT of a client that recovers: what it gets back, and that nothing is lost on the way. */
import { describe, expect, it } from 'vitest';
import { limits } from '../../../../shared/core/limits.ts';
import { standingOf } from '../../../../shared/core/resume.ts';
import { sweep } from '../../../../shared/core/sweep.ts';
import { epochOf, type MemoryWorld, memoryWorld, RETENTION_MS } from '../../../support/memory-world.ts';
import { arrive, connect, connectedTo, eventsTo, roomsOn, says } from '../../../support/rooms.ts';
import { counted, crashAfter, untilCrash } from '../crash.ts';
import { at, batch, numbers, project, publish } from './joining.ts';

const frames = (world: MemoryWorld, id = 'a') => world.received.get(id) ?? [];
describe('a client that recovers', () => {
  /** It was in both rooms as `a`, has had events 1 and 2, and missed 3 and 4. */
  async function cut(): Promise<{ world: MemoryWorld; pid: string; offset: string }> {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true }, [project]);
    await says(roomsOn(world), 'a', '420["join","batch_9"]');
    await publish(world, 1, project);
    await publish(world, 2, batch);
    world.answers.set('a', ['gone']);
    await publish(world, 3, project, batch);
    await publish(world, 4, batch);
    return {
      world,
      pid: connectedTo(world, 'a')?.pid ?? '',
      offset: eventsTo(world, 'a').at(-1)?.offset ?? '',
    };
  }

  it('gets a session, and is told of it', async () => {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true }, [project]);
    expect(frames(world)).toEqual(['40{"sid":"drawn-3","pid":"drawn-2"}']);
    expect(await world.sessions.get('drawn-2')).toEqual({
      connection: 'a',
      sid: 'drawn-3',
      since: new Map([[project, { epoch: epochOf(project), seq: 0 }]]),
    });
    expect(await world.rooms.get('a')).toMatchObject({
      live: true,
      session: 'drawn-2',
    });
    expect((await world.rooms.get('a'))?.heldUntil).toBeUndefined();
  });

  it('gets its rooms back and what it missed in them, once and in order, and goes on live', async () => {
    const { world, pid, offset } = await cut();
    expect(offset).toBe(`${at(project, 1)}~${at(batch, 1)}`);
    await connect(world, 'b', { recovery: true, pid, offset });
    expect(connectedTo(world, 'b')?.pid).toBe(pid);
    await publish(world, 5, project);
    expect(numbers(world, 'b')).toEqual([3, 4, 5]);
    expect((await world.rooms.get('b'))?.channels.toSorted()).toEqual([batch, project]);
    expect((await world.sessions.get(pid))?.connection).toBe('b');
  });

  it.each(['', 'nonsense', 'epoch-unknown-16.7', undefined, 7])(
    'with the offset %j has everything since it joined',
    async (offset) => {
      const { world, pid } = await cut();
      await connect(world, 'b', { recovery: true, pid, ...(offset !== undefined && { offset }) });
      expect(connectedTo(world, 'b')?.pid).toBe(pid);
      expect(numbers(world, 'b').toSorted()).toEqual([1, 2, 3, 4]);
    },
  );

  it('is not given what was numbered before it joined, whatever its offset says', async () => {
    const world = memoryWorld();
    await publish(world, 1, project);
    await connect(world, 'a', { recovery: true }, [project]);
    await publish(world, 2, project);
    const pid = connectedTo(world, 'a')?.pid;
    await connect(world, 'b', { recovery: true, pid, offset: at(project, 0) });
    expect(numbers(world, 'b')).toEqual([2]);
  });

  it('joins the rooms of its handshake besides, as of now', async () => {
    const { world, pid, offset } = await cut();
    await publish(world, 5, 'job:a');
    await connect(world, 'b', { recovery: true, pid, offset }, [project, 'job:a']);
    await publish(world, 6, 'job:a');
    expect(numbers(world, 'b')).toEqual([3, 4, 6]);
    expect([...((await world.sessions.get(pid))?.since.keys() ?? [])]).toEqual([project, batch, 'job:a']);
  });

  it('has its socket of before closed, should that still be open', async () => {
    const world = memoryWorld();
    await connect(world, 'a', { recovery: true }, [project]);
    await connect(world, 'b', { recovery: true, pid: connectedTo(world, 'a')?.pid });
    expect(world.closed).toEqual(['a']);
    expect(await world.rooms.get('a')).toBeUndefined();
    expect((await world.membership.list(project)).map(({ connection }) => connection)).toEqual(['b']);
  });

  const afresh: readonly [
    string,
    (given: { pid: string; offset: string }) => { pid: string; offset: string },
  ][] = [
    ['that nobody has', ({ offset }) => ({ pid: 'forged', offset })],
    ['with an offset of what was never numbered', ({ pid }) => ({ pid, offset: at(batch, 999) })],
  ];

  it.each(afresh)('starts afresh with a session %s', async (_, forge) => {
    const { world, ...given } = await cut();
    await connect(world, 'b', { recovery: true, ...forge(given) });
    const pid = connectedTo(world, 'b')?.pid;
    expect(pid).toMatch(/^drawn-/);
    expect(pid).not.toBe(given.pid);
    expect(numbers(world, 'b')).toEqual([]);
    expect((await world.rooms.get('b'))?.channels).toEqual([]);
  });

  it('starts afresh where the log of one of its rooms no longer reaches back', async () => {
    const { world, pid, offset } = await cut();
    world.clock.advance(RETENTION_MS + 1);
    // The other's log still does.
    for (const key of [...world.slots.keys()]) if (key.startsWith(project)) world.slots.delete(key);
    await connect(world, 'b', { recovery: true, pid, offset });
    const cursor = { epoch: epochOf(batch), seq: 1 };
    expect((await standingOf(world.log, world.clock, batch, cursor)).recovered).toBe(true);
    expect(connectedTo(world, 'b')?.pid).not.toBe(pid);
    expect(numbers(world, 'b')).toEqual([]);
    expect(await world.membership.list(batch)).toEqual([]);
  });

  it('starts afresh where its token no longer covers one of its rooms', async () => {
    const { world, pid, offset } = await cut();
    await arrive(world, 'b');
    const packet = `40${JSON.stringify({ recovery: true, pid, offset })}`;
    await says({ ...roomsOn(world), mayJoin: (_, channel) => channel !== batch }, 'b', packet);
    expect(connectedTo(world, 'b')?.pid).not.toBe(pid);
    expect((await world.rooms.get('b'))?.channels).toEqual([]);
    expect(numbers(world, 'b')).toEqual([]);
  });

  it('starts afresh where its rooms and those of its handshake are more than a socket may have', async () => {
    const world = memoryWorld();
    const jobs = Array.from({ length: limits.roomsPerSocket }, (_, n) => `job:${n}`);
    await connect(world, 'a', { recovery: true }, jobs);
    const pid = connectedTo(world, 'a')?.pid;
    await connect(world, 'b', { recovery: true, pid }, [project]);
    expect(connectedTo(world, 'b')?.pid).toMatch(/^drawn-/);
    expect(connectedTo(world, 'b')?.pid).not.toBe(pid);
    expect(await world.rooms.get('b')).toMatchObject({ live: true, channels: [project] });
    // The same rooms again are no more of them.
    await connect(world, 'c', { recovery: true, pid }, jobs);
    expect(connectedTo(world, 'c')?.pid).toBe(pid);
  });

  it('that has come back once more meanwhile is hung up on here', async () => {
    const { world, pid, offset } = await cut();
    const auth = { recovery: true, pid, offset };
    let isBack = false;
    const slow = world.as({
      async before(call) {
        if (call !== 'updateSession' || isBack) return;
        isBack = true;
        await connect(world, 'c', auth);
      },
    });
    await arrive(world, 'b');
    await says(roomsOn(slow), 'b', `40${JSON.stringify(auth)}`);
    expect(world.received.get('b')).toBeUndefined();
    expect(world.closed).toContain('b');
    expect((await world.sessions.get(pid))?.connection).toBe('c');
    await publish(world, 5, project);
    expect(numbers(world, 'c')).toEqual([3, 4, 5]);
  });

  it('misses nothing of what is published between any two calls of its return', async () => {
    for (let now = 0; ; now += 1) {
      const { world, pid, offset } = await cut();
      let count = 0;
      const watched = world.as({
        async before() {
          count += 1;
          if (count - 1 === now) await publish(world, 5, project, batch);
        },
      });
      await world.rooms.put({ id: 'b', at: world.clock.now(), asked: [] });
      await says(roomsOn(watched), 'b', `40${JSON.stringify({ recovery: true, pid, offset })}`);
      if (count <= now) {
        expect(now).toBeGreaterThan(15);
        return;
      }
      await publish(world, 6, batch);
      expect(numbers(world, 'b').toSorted(), `published before call ${now}`).toEqual([3, 4, 5, 6]);
      expect(frames(world, 'b')[0]).toMatch(/^40/);
    }
  });

  it('loses neither event nor session where its return dies at any call', async () => {
    for (let n = 1; n < 60; n += 1) {
      const { world, pid, offset } = await cut();
      await world.rooms.put({ id: 'b', at: world.clock.now(), asked: [] });
      const packet = `40${JSON.stringify({ recovery: true, pid, offset })}`;
      const calls: string[] = [];
      const dying = world.as(counted(crashAfter(n), calls));
      await untilCrash(says(roomsOn(dying), 'b', packet));
      world.clock.advance(60_000);
      await sweep(roomsOn(world), 0, 1);
      if (calls.length < n) return;
      const got = eventsTo(world, 'b');
      await connect(world, 'c', { recovery: true, pid, offset: got.at(-1)?.offset ?? offset });
      expect(connectedTo(world, 'c')?.pid, `died after call ${n}`).toBe(pid);
      expect([...numbers(world, 'b'), ...numbers(world, 'c')], `died after call ${n}`).toEqual([3, 4]);
    }
    throw new Error('a return was expected to end within 60 calls');
  });
});
