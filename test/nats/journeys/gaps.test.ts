/**
 * NATS itself keeps nothing of what nobody listens to. The relay says between which moments it could not listen, and outside of
 * these nothing is missing.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, onceEach, PATIENCE_MS, untilConnected, watch } from '../../support/arena-clients.ts';
import { gapsOf, moreGaps, outside, SteadyEngine } from '../../support/nats-gaps.ts';
import { can, needs } from '../../support/needs.ts';
import { until } from '../../support/until.ts';

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
          await moreGaps(cloud, before);
          await untilConnected(cloud, true);
          await engine.back();
          await steady.more(50);
          await steady.stop();

          const numbers = () => onceEach(client).map(({ data }) => Number(data));
          const promised = () => outside(gapsOf(cloud), steady.sent);
          // Where the platform kills the bridge, the last messages may have fallen into a gap of their own.
          await until(
            'all that fell into no gap',
            () => {
              const received = new Set(numbers());
              return promised().every((n) => received.has(n)) || undefined;
            },
            PATIENCE_MS,
          );
          // Not everything is in a gap, or nothing would have been looked at.
          if (can('sure-calls')) expect(promised().length).toBeGreaterThan(50);
          const received = numbers();
          expect(received).toEqual([...new Set(received)].toSorted((a, b) => a - b));
          const gaps = gapsOf(cloud);
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
