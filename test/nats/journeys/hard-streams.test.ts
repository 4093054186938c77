/** Streams that ask much of the bridge, or that it cannot serve (contract rows A4, X2, X3). */
import { jetstream, jetstreamManager, RetentionPolicy } from '@nats-io/jetstream';
import { afterEach, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, onceEach, PATIENCE_MS, untilConnected, watch } from '../../support/arena-clients.ts';
import { WHOLE_ARENA } from '../../support/arena-streams.ts';
import { needs } from '../../support/needs.ts';
import { until } from '../../support/until.ts';

let arena: Arena | undefined;
afterEach(async () => {
  await arena?.close();
  arena = undefined;
});

needs('own-nats', () => {
  needs('long-invocations', () => {
    test('100 MB that wait for the bridge come through it, each once', async () => {
      const COUNT = 1_000;
      const [session, other] = [newArena(), newArena()];
      const text = 'x'.repeat(97_000);
      arena = await startArena({
        streams: [WHOLE_ARENA],
        beforeRelay: async ({ connection }) => {
          const stream = jetstream(connection);
          for (let n = 0; n < COUNT; n += 1)
            await stream.publish(`arena.${session}.output`, JSON.stringify({ n, text }));
          await stream.publish(`arena.${other}.output`, 'last');
        },
      });
      const client = await watch(arena.cloud, other);
      await (await arena.engine()).tell(session, 'output', { n: COUNT, text: '' });
      const watcher = await watch(arena.cloud, session);
      const last = await watcher.frameWhere(({ data }) => Object(data).n === COUNT, 2 * PATIENCE_MS);
      expect(last.seq).toBe(COUNT + 1);
      const manager = await jetstreamManager((await arena.engine()).connection);
      await until('all of it is acknowledged', async () => {
        const [consumer] = await manager.consumers.list(WHOLE_ARENA.name).next();
        return consumer?.ack_floor.stream_seq === COUNT + 2 ? true : undefined;
      });
      await watcher.close();
      await client.close();
    });
  });

  // What is published while the bridge is dead is lost.
  needs('sure-calls', () => {
    needs('printed-lines', () => {
      test.each([RetentionPolicy.Interest, RetentionPolicy.Workqueue])(
        'one of %s is passed over, and the bridge listens to what is published',
        async (retention) => {
          arena = await startArena({
            streams: [],
            server: { jetStream: true },
            beforeRelay: async ({ connection }) => {
              const manager = await jetstreamManager(connection);
              await manager.streams.add({ ...WHOLE_ARENA, retention });
            },
          });
          const { cloud } = arena;
          const session = newArena();
          const client = await watch(cloud, session);
          const engine = await arena.engine();
          await untilConnected(cloud, true);
          await engine.tell(session, 'round.start', 1);
          await client.frameWhere(({ data }) => data === 1, PATIENCE_MS);
          expect(onceEach(client).map(({ data }) => data)).toEqual([1]);
          expect(cloud.printed?.().filter((line) => line.includes('nats_stream_passed_over'))).not.toEqual(
            [],
          );
          await client.close();
        },
      );
    });
  });
});
