/** A token is taken back, in the middle of whatever its clients and its user's senders are at. */
import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import { RelayError } from '../../../../shared/core/errors.ts';
import type { Dialect } from '../../../../shared/core/ports.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { standingOf } from '../../../../shared/core/resume.ts';
import { finishRevocations, revoke } from '../../../../shared/core/revoke.ts';
import { start } from '../../../../shared/core/start.ts';
import { streamOf } from '../../../../shared/core/stream.ts';
import { engineOn, tell } from '../../../support/engine.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';
import { crashAfter, sweepAll } from '../crash.ts';

const channel = 'user:u1';
const token = 'token-1';
const credential = { token };
const epoch = epochOf(channel);

async function post(world: MemoryWorld, count = 1): Promise<void> {
  const events = Array.from({ length: count }, (_, n) => ({ json: JSON.stringify({ n }) }));
  await publish(engineOn(world), [{ channel, events }]);
}

function arrive(
  world: MemoryWorld,
  id: string,
  shown = credential,
  dialect: Dialect = 'plain',
  after?: string,
) {
  return arrived(world, { id, at: world.clock.now(), channel, dialect, after, credential: shown });
}

const take = (world: MemoryWorld): Promise<void> => revoke(engineOn(world), { token, channel });

/** The numbers of the events that a connection was sent, whatever frame they came in. */
function numbers(world: MemoryWorld, id: string): number[] {
  return (world.received.get(id) ?? []).flatMap((text) => {
    const { seq, events = [] }: { seq?: number; events?: { seq: number }[] } = JSON.parse(text);
    return seq === undefined ? events.map((event) => event.seq) : [seq];
  });
}

/** Everything that a client may be at while its token is taken back. */
const activities: readonly [string, (world: MemoryWorld) => Promise<unknown>][] = [
  ['arrives', (world) => arrive(world, 'a')],
  [
    'starts, its connection noted before',
    async (world) => {
      await arrive(world, 'a', credential, 'relay.v1', `${epoch}.0`);
      await start(engineOn(world), 'a', { by: 'me', inBatches: false });
    },
  ],
  [
    'starts in batches',
    async (world) => {
      await arrive(world, 'a', credential, 'relay.v1', `${epoch}.0`);
      await start(engineOn(world), 'a', { by: 'me', inBatches: true });
    },
  ],
  [
    'resumes',
    async (world) => {
      await arrive(world, 'a', credential, 'relay.v1');
      await start(engineOn(world), 'a', { by: 'me', inBatches: true });
      await tell(world, 'a', JSON.stringify({ action: 'resume', after: `${epoch}.0` }), 'it');
    },
  ],
];

describe('after a revocation is answered', () => {
  /** What is asked of the world once the revocation has been answered, one event has been published, and all has ended. */
  async function expectNothingLater(world: MemoryWorld, last: number, when: string): Promise<void> {
    await post(world);
    const late = numbers(world, 'a').filter((seq) => seq > last);
    // What `$connect` refuses never opens, so what was posted to it went nowhere.
    if (world.closed.includes('a')) expect(late, when).toEqual([]);
    expect(await world.membership.list(channel), when).toEqual([]);
    expect(world.closed.includes('a') || !(await world.connections.get('a')), when).toBe(true);
  }

  const refusable = (work: Promise<unknown>): Promise<unknown> =>
    work.catch((error: unknown) => {
      if (!(error instanceof RelayError) || error.code !== 'unauthorized') throw error;
    });

  it.each(activities)(
    'a client that %s gets nothing that is published later: between any two of its calls',
    async (_, act) => {
      let calls = 0;
      await act(
        memoryWorld().as({
          after: () => {
            calls += 1;
          },
        }),
      );
      for (let at = 0; at < calls; at += 1) {
        const world = memoryWorld();
        await post(world, 2);
        let last = Number.POSITIVE_INFINITY;
        let count = 0;
        const watched = world.as({
          async before() {
            count += 1;
            if (count - 1 !== at) return;
            await take(world);
            last = (await world.log.head(channel))?.seq ?? 0;
            await post(world);
          },
        });
        await refusable(act(watched));
        await expectNothingLater(world, last, `revoked before call ${at}`);
      }
      expect(calls).toBeGreaterThan(3);
    },
  );

  it.each(activities)(
    'a client that %s gets nothing that is published later: all of it between two of the revocation’s calls',
    async (_, act) => {
      let calls = Number.POSITIVE_INFINITY;
      for (let at = 0; at < calls; at += 1) {
        const world = memoryWorld();
        await post(world, 2);
        let count = 0;
        const watched = world.as({
          async before() {
            count += 1;
            if (count - 1 === at) await refusable(act(world));
          },
        });
        await take(watched);
        calls = count;
        const last = (await world.log.head(channel))?.seq ?? 0;
        await expectNothingLater(world, last, `done before call ${at} of the revocation`);
      }
      expect(calls).toBeGreaterThan(4);
    },
  );

  it('a stream ends, and has nothing that was published later', async () => {
    let ended = 0;
    for (let pieces = 1; pieces <= 6; pieces += 1) {
      const world = memoryWorld();
      await post(world, 2);
      const standing = await standingOf(world.log, world.clock, channel, { epoch, seq: 0 });
      const seen: number[] = [];
      let last = Number.POSITIVE_INFINITY;
      let count = 0;
      for await (const piece of streamOf(engineOn(world), channel, standing, credential)) {
        seen.push(...[...piece.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq)));
        count += 1;
        if (count === pieces) {
          await take(world);
          last = (await world.log.head(channel))?.seq ?? 0;
        }
        if (count < 9) await post(world);
      }
      expect(seen.filter((seq) => seq > last)).toEqual([]);
      if (count < 9) ended += 1;
    }
    expect(ended).toBe(6);
  });

  it('a stream asks after its token only when the membership has changed, or a second has passed in one replay', async () => {
    const world = memoryWorld();
    await post(world, 1);
    let asked = 0;
    const counted = world.as({
      before(call) {
        if (call === 'isActive') asked += 1;
      },
    });
    const standing = await standingOf(world.log, world.clock, channel, undefined);
    for await (const _ of streamOf(engineOn(counted), channel, standing, credential)) {
      // until its window ends
    }
    expect(asked).toBe(2);
  });

  it('only what was opened with that token is ended', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    await arrive(world, 'b', { token: 'token-2' });
    await take(world);
    await post(world);
    expect(world.closed).toEqual(['a']);
    expect(numbers(world, 'a')).toEqual([]);
    expect(numbers(world, 'b')).toEqual([1]);
    expect(await world.connections.get('a')).toBeUndefined();
  });

  it('a client that is being given very much gets no more than half a second of it, and is cut off', async () => {
    const world = memoryWorld();
    for (let n = 0; n < 30; n += 1) await post(world, 100);
    await arrive(world, 'a', credential, 'relay.v1', `${epoch}.0`);
    let posts = 0;
    const slow = world.as({
      async before(call) {
        if (call !== 'post') return;
        posts += 1;
        world.clock.advance(10);
        if (posts === 100) await take(world);
      },
    });
    expect(await start(engineOn(slow), 'a', { by: 'me', inBatches: false })).toBe(false);
    expect(numbers(world, 'a').length).toBeLessThan(160);
    expect(world.closed).toContain('a');
  });

  it.each([
    ['opens in time for the next try', 1, []],
    ['never opens as far as anybody can tell', 9, ['a']],
  ])('a socket whose handshake is not answered yet and which %s', async (_, tries, left) => {
    const world = memoryWorld();
    await arrive(world, 'a');
    world.unopened.add('a');
    let closes = 0;
    const watched = world.as({
      before(call) {
        if (call === 'close') closes += 1;
        if (closes > tries) world.unopened.delete('a');
      },
    });
    await revoke(engineOn(watched), { token, channel });
    const connection = await world.connections.get('a');
    expect([connection?.id ?? []].flat()).toEqual(left);
    // The minute's pass finds it, since it is not live, and closes it.
    world.unopened.delete('a');
    world.clock.advance(60_000);
    await sweepAll(world);
    expect(world.closed).toContain('a');
    expect(await world.connections.get('a')).toBeUndefined();
  });

  it('sockets that do not close share one deadline: behind it each is tried once', async () => {
    const world = memoryWorld();
    for (let n = 0; n < 300; n += 1) await arrive(world, `a${n}`);
    const tries = new Map<string, number>();
    const close = async (id: string) => {
      tries.set(id, (tries.get(id) ?? 0) + 1);
      return 'failed' as const;
    };
    const sockets = { ...world.sockets, close };
    await revoke({ ...engineOn(world), sockets, random: () => 1 }, { token, channel });
    expect(tries.size).toBe(300);
    expect(tries.get('a0')).toBeGreaterThan(1);
    expect(tries.get('a299')).toBe(1);
    expect(await world.membership.list(channel)).toEqual([]);
    for (const n of [0, 299]) expect(await world.connections.get(`a${n}`)).toMatchObject({ live: false });
  });

  it('a socket that does not close is left to the minute, without its subscription', async () => {
    const world = memoryWorld();
    await arrive(world, 'a');
    const sockets = { ...world.sockets, close: async () => 'failed' as const };
    await revoke({ ...engineOn(world), sockets }, { token, channel });
    await post(world);
    expect(numbers(world, 'a')).toEqual([]);
    expect(await world.connections.get('a')).toMatchObject({ live: false });
  });
});

describe('a revocation that crashes', () => {
  it('after any of its calls is finished by the minute, once it cannot be under way any more', async () => {
    for (let at = 1; at < 40; at += 1) {
      const world = memoryWorld();
      await arrive(world, 'a');
      await arrive(world, 'b');
      const crashed = await revoke(engineOn(world.as(crashAfter(at))), { token, channel }).then(
        () => false,
        () => true,
      );
      const relay = engineOn(world);
      // The young are left alone: somebody may be at them.
      expect(await finishRevocations(relay)).toBe(0);
      world.clock.advance(60_001);
      await finishRevocations(relay);
      await sweepAll(world);
      await post(world);
      expect(await world.tokens.isActive(token), `crashed after ${at} calls`).toBe(false);
      expect(await world.membership.list(channel)).toEqual([]);
      expect(numbers(world, 'a')).toEqual([]);
      expect(new Set(world.closed), `crashed after ${at} calls`).toEqual(new Set(['a', 'b']));
      expect(await finishRevocations(relay)).toBe(0);
      if (!crashed) return;
    }
    throw new Error('a revocation was expected to end within 40 calls');
  });

  it('does not keep the minute from those behind it, and is not kept quiet', async () => {
    const world = memoryWorld();
    await world.revocations.note({ token: 'bad', channel }, world.clock.now());
    await world.revocations.note({ token, channel }, world.clock.now());
    world.clock.advance(60_001);
    const relay = engineOn(world);
    const mark = async (id: string) => {
      if (id === 'bad') throw new Error('no');
      return relay.revocations.mark(id);
    };
    const failing = { ...relay, revocations: { ...relay.revocations, mark } };
    await expect(finishRevocations(failing)).rejects.toThrow('some revocations could not be finished');
    expect(await world.tokens.isActive(token)).toBe(false);
  });
});

describe('a token that has expired', () => {
  it('is as good as none: nothing more is posted, and the socket is closed', async () => {
    const world = memoryWorld();
    await arrived(world, {
      id: 'a',
      at: world.clock.now(),
      channel,
      dialect: 'plain',
      credential: { until: world.clock.now() + 5 },
    });
    await post(world);
    world.clock.advance(5);
    await post(world);
    expect(numbers(world, 'a')).toEqual([1]);
    expect(world.closed).toEqual(['a']);
  });

  it('ends its stream', async () => {
    const world = memoryWorld();
    const until = world.clock.now() + 3_000;
    const standing = await standingOf(world.log, world.clock, channel, undefined);
    for await (const _ of streamOf(engineOn(world), channel, standing, { until })) {
      // until it ends
    }
    expect(world.clock.now() - until).toBeLessThan(2_000);
  });
});
