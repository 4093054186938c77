/** Events from NATS are in the log like all others: who comes back gets what it missed (contract rows X2, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, PATIENCE_MS, seen, watch } from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';
import { needs } from '../../support/needs.ts';
import { publishOne } from '../../support/webhook.ts';

let arena: Arena;
let engine: ArenaEngine;
beforeAll(async () => {
  arena = await startArena();
  engine = await arena.engine();
});
afterAll(() => arena?.close());

const rounds = (from: number, to: number): [string, number][] =>
  Array.from({ length: to - from }, (_, index) => ['round.start', from + index]);

/** Sends them one after another. */
async function tell(session: string, from: number, to: number): Promise<void> {
  for (const [suffix, n] of rounds(from, to)) await engine.tell(session, suffix, n);
}

// Where who gives it what it missed may die over it, the storms look at what becomes of clients that come back (test/hostile).
needs('sure-hand-offs', () => {
  describe('a client that comes back with the last id it saw', () => {
    test('gets all that it missed, once and in order, and then what is new', async () => {
      const session = newArena();
      const witness = await watch(arena.cloud, session);
      const first = await watch(arena.cloud, session);
      await tell(session, 0, 10);
      expect(await seen(first, 10)).toEqual(rounds(0, 10));
      const last = first.received.at(-1)?.id;
      await first.close();
      await tell(session, 10, 30);
      await witness.frames(30, PATIENCE_MS);

      const second = await watch(arena.cloud, session, `?after=${last}`);
      expect(await seen(second, 20)).toEqual(rounds(10, 30));
      await tell(session, 30, 35);
      expect(await seen(second, 25)).toEqual(rounds(10, 35));
      const witnessed = (await witness.frames(35, PATIENCE_MS)).slice(10);
      expect(second.received.map(({ id }) => id)).toEqual(witnessed.map(({ id }) => id));
      await Promise.all([second.close(), witness.close()]);
    });

    needs('subprotocol', () => {
      test('is told so, where it speaks relay.v1', async () => {
        const session = newArena();
        const first = await watch(arena.cloud, session);
        await tell(session, 0, 3);
        await first.frames(3, PATIENCE_MS);
        const second = await watch(arena.cloud, session, `?after=${first.received[0]?.id}`, ['relay.v1']);
        second.send('{"action":"start"}');
        const ready = await second.frameWhere(({ type }) => type === 'ready', PATIENCE_MS);
        expect(ready).toMatchObject({ channel: `arena:${session}`, recovered: true });
        await Promise.all([first.close(), second.close()]);
      });
    });
  });
});

test('events of NATS and events of a webhook are one stream of numbers', async () => {
  const session = newArena();
  const client = await watch(arena.cloud, session);
  for (const n of [0, 2, 4]) {
    await engine.tell(session, 'round.start', n);
    await client.frameWhere(({ data }) => data === n, PATIENCE_MS);
    const event = { subject: 'round.start', data: n + 1 };
    await publishOne(arena.cloud, event, { path: `/arena/${session}/events` });
    await client.frameWhere(({ data }) => data === n + 1, PATIENCE_MS);
  }
  expect(await seen(client, 6)).toEqual(rounds(0, 6));
  const numbers = client.received.map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  await client.close();
});
