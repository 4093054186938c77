/** What a message from NATS costs in AWS calls, beside the renewals of the bridge's lease: the budget of `bench/README.md`. */
import { jetstreamManager } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { newArena, watch } from '../support/arena-clients.ts';
import { ArenaEngine } from '../support/arena-engine.ts';
import { until } from '../support/until.ts';
import { STREAM, startTwinArena, type Way } from './crowd/twin-arena.ts';

const BURST = 20;

/** How often each operation was called. */
type Calls = Record<string, number>;

const isOfLease = (body: unknown): boolean => JSON.stringify(body).includes('"pk":{"S":"B"}');

/** The calls of one message, and of a burst, in steady state: those of a session are read once. */
async function countCalls(way: Way): Promise<{ single: Calls; burst: Calls }> {
  let calls: Calls = {};
  const arena = await startTwinArena(way, {
    onAwsCall({ functionName, operation, body }, proceed) {
      if (functionName.startsWith('NatsBridge') && !isOfLease(body))
        calls[operation] = (calls[operation] ?? 0) + 1;
      return proceed();
    },
  });
  const engine = await ArenaEngine.connect(arena.server.url);
  try {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    let said = 0;
    const callsOf = async (count: number): Promise<Calls> => {
      calls = {};
      for (let n = 0; n < count; n += 1) engine.connection.publish(`arena.${session}.round.start`, `${n}`);
      said += count;
      await client.frames(said);
      if (way === 'JetStream') await acknowledged(engine, said);
      return calls;
    };
    await callsOf(1);
    return { single: await callsOf(1), burst: await callsOf(BURST) };
  } finally {
    await engine.close();
    await arena.close();
  }
}

/** A message is acknowledged when nothing more is done for it. */
async function acknowledged(engine: ArenaEngine, count: number): Promise<void> {
  const manager = await jetstreamManager(engine.connection);
  await until(`${count} messages are acknowledged`, async () => {
    const consumers = await manager.consumers.list(STREAM).next();
    return consumers.some(({ ack_floor }) => ack_floor.stream_seq === count) || undefined;
  });
}

test('a message from core NATS is two writes; a burst of 20 is few publishes', async () => {
  const { single, burst } = await countCalls('core NATS');
  expect(single).toEqual({ UpdateItem: 1, PutItem: 1, PostToConnection: 1 });
  // The first one goes at once and alone; what comes meanwhile is the next publish.
  expect(burst).toEqual({ UpdateItem: burst.PutItem, PutItem: burst.PutItem, PostToConnection: BURST });
  expect(burst.PutItem).toBeLessThanOrEqual(4);
});

test('a message from a stream is named: two writes more for each', async () => {
  const { single, burst } = await countCalls('JetStream');
  expect(single).toEqual({ UpdateItem: 2, PutItem: 2, PostToConnection: 1 });
  const publishes = (burst.PutItem ?? 0) - BURST;
  expect(burst).toEqual({
    UpdateItem: publishes + BURST,
    PutItem: publishes + BURST,
    PostToConnection: BURST,
  });
  expect(publishes).toBeLessThanOrEqual(4);
});
