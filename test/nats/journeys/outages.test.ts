/** NATS goes and comes back (contract rows A1, A7): who is told, what is refused, and that the relay is back by itself. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import {
  command,
  commanded,
  fakenewsPath,
  INIT,
  isConnected,
  NEWS,
  newArena,
  PATIENCE_MS,
  seen,
  untilConnected,
  watch,
} from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';
import { type Cloud, startCloud } from '../../support/cloud.ts';
import { needs } from '../../support/needs.ts';
import { openStream } from '../../support/socket-client.ts';
import { until } from '../../support/until.ts';
import { expectProblem, newTenant, progress, publishOne } from '../../support/webhook.ts';

/** Each of the commands, and what is sent. */
const commandsOf = (session: string): readonly (readonly [string, object])[] => [
  [INIT, { session_id: session }],
  [NEWS, { session_id: session, content: 'first' }],
  [fakenewsPath(session), { content: 'second' }],
];

/** A command that finds no NATS is refused with 503; a platform that fails by itself may have to be asked again for that answer. */
async function expectUnavailable(cloud: Cloud, path: string, body: object): Promise<void> {
  const { retryPolicy, ...impatient } = cloud;
  const isOwnAnswer = (type: string | null) => type?.startsWith('application/problem+json');
  await until(`503 of ${path}`, async () => {
    const answer = await command(impatient, path, body);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(500);
    if (retryPolicy && (answer.status !== 503 || !isOwnAnswer(answer.headers.get('content-type'))))
      return undefined;
    expectProblem(answer, 503, path);
    return true as const;
  });
}

async function expectAllUnavailable(cloud: Cloud, session: string): Promise<void> {
  for (const [path, body] of commandsOf(session)) await expectUnavailable(cloud, path, body);
}

test('A1: /health says that NATS is connected, to GET and to POST', async () => {
  const arena = await startArena();
  expect(await isConnected(arena.cloud, 'GET')).toBe(true);
  expect(await isConnected(arena.cloud, 'POST')).toBe(true);
  await arena.close();
});

needs('own-nats', () => {
  describe('A7: a server that ends', () => {
    let arena: Arena;
    let engine: ArenaEngine;
    beforeAll(async () => {
      arena = await startArena();
      engine = await arena.engine();
    });
    afterEach(async () => {
      if (arena.server.pid === undefined) await arena.server.restart();
    });
    afterAll(() => arena?.close());

    test.each(['stop', 'kill'] as const)(
      'by %s: commands are refused and never come later, and all is well once it is back',
      async (end) => {
        const { cloud, server } = arena;
        const session = newArena();
        const client = await watch(cloud, session);
        await engine.tell(session, 'round.start', 1);
        expect(await seen(client, 1)).toEqual([['round.start', 1]]);

        await server[end]();
        await untilConnected(cloud, false);
        expect(await isConnected(cloud, 'POST')).toBe(false);
        await expectAllUnavailable(cloud, session);

        await server.restart();
        await untilConnected(cloud, true);
        await engine.back();
        const marker = newArena();
        await commanded(cloud, INIT, { session_id: marker }, marker);
        await engine.hears(marker, 1, PATIENCE_MS);
        // What the relay had kept for later would have come before this.
        expect(engine.about(session).filter(({ subject }) => !subject.endsWith('round.start'))).toEqual([]);
        await engine.tell(session, 'round.start', 2);
        expect(await seen(client, 2)).toEqual([
          ['round.start', 1],
          ['round.start', 2],
        ]);
        await client.close();
      },
    );

    test('commands are taken again at once, without anybody asking how it is', async () => {
      const { cloud, server } = arena;
      const session = newArena();
      await server.kill();
      await expectUnavailable(cloud, INIT, { session_id: session });
      await server.restart();
      await engine.back();
      // The back-off is 2 s at most.
      await until('a command is taken', async () => {
        const answer = await command(cloud, INIT, { session_id: session });
        return answer.status === 202 ? true : undefined;
      });
      await engine.hears(session, 1, PATIENCE_MS);
    });

    test('everything else goes on meanwhile', async () => {
      const { cloud, server } = arena;
      await server.stop();
      await untilConnected(cloud, false);
      const tenant = newTenant();
      const client = await openStream(cloud, tenant);
      const id = await publishOne(cloud, progress(tenant));
      expect((await client.frames(1, PATIENCE_MS))[0]?.id).toBe(id);
      await client.close();
      const watcher = await watch(cloud, newArena());
      await watcher.close();
      await server.restart();
      await untilConnected(cloud, true);
    });
  });

  needs('settings', () => {
    describe('A7: a server that is not there at the start', () => {
      test('is waited for, and commands are refused until it is there', async () => {
        const cloud = await startCloud({ context: { 'relay:natsUrl': 'nats://127.0.0.1:1' } });
        expect(await isConnected(cloud, 'GET')).toBe(false);
        expect(await isConnected(cloud, 'POST')).toBe(false);
        await expectAllUnavailable(cloud, newArena());
        const tenant = newTenant();
        const client = await openStream(cloud, tenant);
        const id = await publishOne(cloud, progress(tenant));
        expect((await client.frames(1, PATIENCE_MS))[0]?.id).toBe(id);
        await client.close();
        await cloud.close();
      });

      test('may come later', async () => {
        const arena = await startArena({ startsLater: true, awaitsBridge: false });
        expect(await isConnected(arena.cloud)).toBe(false);
        await arena.server.restart();
        await untilConnected(arena.cloud, true);
        const session = newArena();
        const client = await watch(arena.cloud, session);
        await (await arena.engine()).tell(session, 'round.start', 1);
        expect(await seen(client, 1)).toEqual([['round.start', 1]]);
        await client.close();
        await arena.close();
      });
    });
  });
});
