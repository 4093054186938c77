/** With a JetStream stream behind the arena nothing is lost, whoever ends: the server, or the bridge (contract rows A4, X2, X3). */
import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, describe, expect, test } from 'vitest';
import { type Arena, type ArenaOptions, startArena } from '../../support/arena.ts';
import { newArena, onceEach, PATIENCE_MS, untilConnected, watch } from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';
import { WHOLE_ARENA } from '../../support/arena-streams.ts';
import type { Cloud } from '../../support/cloud.ts';
import { can, needs } from '../../support/needs.ts';
import type { SocketClient } from '../../support/socket-client.ts';
import { until } from '../../support/until.ts';

let arena: Arena | undefined;
afterEach(async () => {
  await arena?.close();
  arena = undefined;
});

interface Stage {
  readonly arena: Arena;
  readonly cloud: Cloud;
  readonly engine: ArenaEngine;
  readonly manager: JetStreamManager;
}

async function startStage(options: ArenaOptions = {}): Promise<Stage> {
  arena = await startArena({ streams: [WHOLE_ARENA], ...options });
  const engine = await arena.engine();
  return { arena, cloud: arena.cloud, engine, manager: await jetstreamManager(engine.connection) };
}

/** How many messages one half of a journey has; fewer where each of its calls may be the bridge's last. */
const HALF = can('long-invocations') ? 50 : 10;

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Sends these numbers, each of them kept by the stream before the next is sent. */
async function store({ engine }: Stage, session: string, list: readonly number[]): Promise<void> {
  for (const n of list) await engine.store(session, 'round.start', n);
}

/** The name of the bridge's consumer, once it is there. */
function consumerOf({ manager }: Stage): Promise<string> {
  return until(
    'the bridge’s consumer',
    async () => {
      const consumers = await manager.consumers.list(WHOLE_ARENA.name).next();
      return consumers.map(({ name }) => name).find((name) => name.startsWith('relay-'));
    },
    PATIENCE_MS,
  );
}

/** What a client has got, once the last of these has come: it must be these, each once and in order. */
async function expectAll(client: SocketClient, list: readonly number[]): Promise<void> {
  const last = list.at(-1);
  await client.frameWhere(({ data }) => data === last, PATIENCE_MS);
  expect(onceEach(client).map(({ data }) => data)).toEqual(list);
}

needs('own-nats', () => {
  describe('nothing is lost, and nothing comes twice', () => {
    test.each(['stop', 'kill'] as const)('where the server ends by %s', async (end) => {
      const stage = await startStage();
      const session = newArena();
      const client = await watch(stage.cloud, session);
      await store(stage, session, numbers(0, HALF));
      await stage.arena.server[end]();
      await stage.arena.server.restart();
      await stage.engine.back();
      await store(stage, session, numbers(HALF, 2 * HALF));
      await expectAll(client, numbers(0, 2 * HALF));
      await client.close();
    });

    test('where the bridge is killed again and again', async () => {
      const stage = await startStage();
      const sessions = [newArena(), newArena()];
      const clients = await Promise.all(sessions.map((session) => watch(stage.cloud, session)));
      const sending = Promise.all(sessions.map((session) => store(stage, session, numbers(0, 6 * HALF))));
      for (let time = 0; time < 3; time += 1) {
        await stage.arena.killBridge();
        await untilConnected(stage.cloud, true);
      }
      await sending;
      await Promise.all(clients.map((client) => expectAll(client, numbers(0, 6 * HALF))));
      await Promise.all(clients.map((client) => client.close()));
    });

    test('where one of two bridges is killed, and then the other', async () => {
      const stage = await startStage({ copies: 2 });
      const session = newArena();
      const client = await watch(stage.cloud, session);
      const sending = store(stage, session, numbers(0, 6 * HALF));
      for (let time = 0; time < 2; time += 1) {
        await stage.arena.killBridge(1);
        await untilConnected(stage.cloud, true);
      }
      await sending;
      await expectAll(client, numbers(0, 6 * HALF));
      await client.close();
    });

    test('where both end', async () => {
      const stage = await startStage();
      const session = newArena();
      const client = await watch(stage.cloud, session);
      await store(stage, session, numbers(0, HALF));
      await stage.arena.server.kill();
      await stage.arena.killBridge();
      await stage.arena.server.restart();
      await stage.engine.back();
      await store(stage, session, numbers(HALF, 2 * HALF));
      await expectAll(client, numbers(0, 2 * HALF));
      await client.close();
    });

    test.each<[string, (stage: Stage) => Promise<void>]>([
      ['is killed as well', ({ arena }) => arena.killBridge()],
      ['goes on', async () => undefined],
    ])('where somebody deletes the bridge’s consumer and the bridge %s', async (_, then) => {
      const stage = await startStage();
      const session = newArena();
      const client = await watch(stage.cloud, session);
      await store(stage, session, numbers(0, 20));
      await expectAll(client, numbers(0, 20));
      await stage.manager.consumers.delete(WHOLE_ARENA.name, await consumerOf(stage));
      await then(stage);
      await store(stage, session, numbers(20, 40));
      await expectAll(client, numbers(0, 40));
      await client.close();
    });
  });

  describe('a stream that is deleted and made anew', () => {
    test('counts from one again, and its events are no repeats', async () => {
      const stage = await startStage();
      const session = newArena();
      const client = await watch(stage.cloud, session);
      await store(stage, session, numbers(0, 10));
      await expectAll(client, numbers(0, 10));
      await stage.manager.streams.delete(WHOLE_ARENA.name);
      await stage.manager.streams.add(WHOLE_ARENA);
      await store(stage, session, numbers(10, 20));
      await expectAll(client, numbers(0, 20));
      await client.close();
    });
  });

  needs('sure-hand-offs', () => {
    test('what was stored before the relay’s first start is in its log, in order', async () => {
      const session = newArena();
      const stage = await startStage({
        beforeRelay: async (engine) => {
          for (const n of numbers(0, 20)) await engine.store(session, 'round.start', n);
        },
      });
      const first = await watch(stage.cloud, session);
      await store(stage, session, [20]);
      const last = await first.frameWhere(({ data }) => data === 20, PATIENCE_MS);
      await first.close();
      const client = await watch(stage.cloud, session, `?after=${last.id.replace(/\.\d+$/, '.0')}`);
      await expectAll(client, numbers(0, 21));
      await client.close();
    });
  });

  describe('streams of other shapes', () => {
    type Shapes = readonly [string, NonNullable<ArenaOptions['streams']>][];
    const whole: Shapes = [
      ['all below arena', [{ name: 'ALL', subjects: ['arena.>'] }]],
      ['the arena and something else', [{ name: 'BOTH', subjects: ['weather.>', 'arena.*.>'] }]],
      ['the arena beside another stream', [{ name: 'OTHER', subjects: ['weather.>'] }, WHOLE_ARENA]],
    ];
    /** Passed over: the bridge listens to what is published, and what is published while it is dead is lost. */
    const parts: Shapes = [
      ['a part of the arena', [{ name: 'ROUNDS', subjects: ['arena.*.round.>'] }]],
      [
        'two parts of the arena',
        [
          { name: 'ROUNDS', subjects: ['arena.*.round.>'] },
          { name: 'AGENTS', subjects: ['arena.*.agent.>'] },
        ],
      ],
    ];
    test.each(can('sure-calls') ? [...whole, ...parts] : whole)(
      '%s: every event comes once and in order, and nothing else',
      async (_, streams) => {
        const { cloud, engine } = await startStage({ streams });
        const session = newArena();
        const client = await watch(cloud, session);
        const suffixes = ['round.start', 'agent.a.output', 'event.clone'];
        const expected: [string, number][] = [];
        for (const n of numbers(0, 30)) {
          const suffix = suffixes[n % suffixes.length] ?? '';
          expected.push([suffix, n]);
          await engine.tell(session, suffix, n);
          await engine.publish(`weather.${session}.${suffix}`, '0');
        }
        await client.frameWhere(({ data }) => data === 29, PATIENCE_MS);
        expect(onceEach(client).map(({ subject, data }) => [subject, data])).toEqual(expected);
        await client.close();
      },
    );

    test('one that comes later is taken up', async () => {
      const stage = await startStage({ streams: [], server: { jetStream: true } });
      const session = newArena();
      const client = await watch(stage.cloud, session);
      await stage.manager.streams.add(WHOLE_ARENA);
      await stage.arena.killBridge();
      await consumerOf(stage);
      await untilConnected(stage.cloud, true);
      await store(stage, session, numbers(0, 10));
      await expectAll(client, numbers(0, 10));
      await client.close();
    });
  });
});
