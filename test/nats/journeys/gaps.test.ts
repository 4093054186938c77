/**
 * NATS itself keeps nothing of what nobody listens to. The relay says between which moments it could not listen, and outside of
 * these nothing is missing.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, onceEach, PATIENCE_MS, untilConnected, watch } from '../../support/arena-clients.ts';
import { gapsOf, moreGaps, outside, SteadyEngine } from '../../support/nats-gaps.ts';
import { needs } from '../../support/needs.ts';

let arena: Arena | undefined;
afterEach(async () => {
  await arena?.close();
  arena = undefined;
});

const trouble: readonly [string, (arena: Arena) => Promise<void>][] = [
  ['the server is killed and started again', ({ server }) => server.kill().then(() => server.restart())],
  ['the server is stopped and started again', ({ server }) => server.restart()],
  ['the bridge is killed', ({ killBridge }) => killBridge()],
  ['the bridge stands still for longer than its lease', ({ stallBridge }) => stallBridge(10_000)],
  ['the server stands still', ({ server }) => server.stall(7_000)],
];

needs('own-nats', () => {
  needs('printed-lines', () => {
    describe('without a stream', () => {
      test.each(trouble)(
        'where %s, the gap is logged, and outside of it all arrives in order',
        async (_, strike) => {
          arena = await startArena({ streams: [] });
          const { cloud } = arena;
          const session = newArena();
          const client = await watch(cloud, session);
          const engine = await arena.engine();
          const steady = new SteadyEngine(engine, session);
          await steady.more(50);
          const before = gapsOf(cloud).length;

          const struckAt = Date.now();
          await strike(arena);
          const gaps = await moreGaps(cloud, before);
          await untilConnected(cloud, true);
          await engine.back();
          await steady.more(50);
          await steady.stop();

          const last = steady.sent.at(-1);
          await client.frameWhere(({ data }) => data === last?.n, PATIENCE_MS);
          const received = onceEach(client).map(({ data }) => Number(data));
          const promised = outside(gapsOf(cloud), steady.sent);
          // Not everything is in a gap, or nothing would have been looked at.
          expect(promised.length).toBeGreaterThan(50);
          expect(promised.filter((n) => !received.includes(n))).toEqual([]);
          expect(received).toEqual([...new Set(received)].toSorted((a, b) => a - b));
          expect(gaps.slice(before).every(({ from, to }) => from <= to)).toBe(true);
          expect(gaps.some(({ from, to }) => from <= struckAt + 5_000 && to >= struckAt)).toBe(true);
          await client.close();
        },
      );
    });

    needs('sure-calls', () => {
      test('a relay that nothing has happened to has no gap', async () => {
        arena = await startArena({ streams: [] });
        const session = newArena();
        const client = await watch(arena.cloud, session);
        await (await arena.engine()).tell(session, 'round.start', 1);
        await client.frames(1, PATIENCE_MS);
        expect(gapsOf(arena.cloud)).toEqual([]);
        await client.close();
      });
    });
  });
});
