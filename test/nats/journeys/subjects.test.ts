/** What the engine publishes on NATS reaches the clients of its session, and nobody else (contract rows A4 to A6, X4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Arena, startArena } from '../../support/arena.ts';
import { newArena, seen, watch } from '../../support/arena-clients.ts';
import type { ArenaEngine } from '../../support/arena-engine.ts';
import { can } from '../../support/needs.ts';

let arena: Arena;
let engine: ArenaEngine;
beforeAll(async () => {
  arena = await startArena();
  engine = await arena.engine();
});
afterAll(() => arena?.close());

/** As the engine sends them. */
const EVENTS: readonly [string, unknown][] = [
  ['round.start', { round: 1, fake_news: 'Birds are drones', context: 'spring' }],
  ['phase.start', { round: 1, phase: 2 }],
  ['agent.marcus-001.input', { phase: 2, data: { question: 'Why?' } }],
  ['agent.marcus-001.output', { data: 'Because.' }],
  ['agent.marcus-001.status', { state: 'thinking', detail: 'of birds' }],
  ['agent.marcus-001.kill', { reason: 'lowest_score', round: 1 }],
  ['event.death', { agent_id: 'marcus-001', agent_name: 'Marcus', round: 1, cause: 'lowest_score' }],
  ['event.clone', { parent_id: 'ada-002', child_id: 'ada-003', child_name: 'Ada II', round: 1 }],
  ['event.end', { survivors: ['ada-002', 'ada-003'], history: [] }],
  ['input.waiting', { round: 2, waiting: true }],
];

describe('A4: the frame', () => {
  test('each of the ten subjects arrives with its data, in the engine’s order', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    for (const [suffix, value] of EVENTS) await engine.tell(session, suffix, value);
    expect(await seen(client, EVENTS.length)).toEqual(EVENTS);
    await client.close();
  });

  test('is subject and data, with id and seq, and nothing else', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    await engine.tell(session, 'event.death', { round: 3 });
    await seen(client, 1);
    const [frame] = client.received;
    expect(frame).toEqual({
      subject: 'event.death',
      data: { round: 3 },
      id: expect.stringMatching(/./),
      seq: expect.any(Number),
    });
    await client.close();
  });

  test.each([
    'x',
    'input.fakenews.more',
    'fakenews',
    'input',
    'deep.input.fakenews',
    'input.FAKENEWS',
    'a.b.c.d.e.f.g.h',
    'event.ünicode-💥',
    'event.$a#b/c:d"e\\f',
    'event.a*b>c',
    `event.${'x'.repeat(500)}`,
  ])('the subject %s is relayed as it is', async (suffix) => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    await engine.tell(session, suffix, 1);
    expect(await seen(client, 1)).toEqual([[suffix, 1]]);
    await client.close();
  });

  test('a message with headers, or one that asks for an answer, is a message', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    engine.connection.publish(`arena.${session}.event.end`, '1', { reply: 'nowhere' });
    await engine.tell(session, 'event.end', 2);
    expect(await seen(client, 2)).toEqual([
      ['event.end', 1],
      ['event.end', 2],
    ]);
    await client.close();
  });
});

describe('what is never relayed', () => {
  test('A5: input.fakenews, whoever published it', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    await engine.tell(session, 'input.fakenews', 'Birds are drones');
    await engine.publish(`arena.${session}.input.fakenews`, 'not even JSON');
    await engine.tell(session, 'input.waiting', { round: 2 });
    expect(await seen(client, 1)).toEqual([['input.waiting', { round: 2 }]]);
    await client.close();
  });

  test('subjects of fewer than three tokens, and of sessions that are none', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    const sessions = ['-x', '_x', 'x'.repeat(65), 'é', 'a:b', 'a/b', '$JS', 'a*', '%41', `${session}\u00a0`];
    for (const subject of ['arena', 'arena.init', `arena.${session}`]) await engine.publish(subject, '0');
    for (const bad of sessions) await engine.tell(bad, 'event.end', 0);
    await engine.tell(session, 'event.end', 1);
    expect(await seen(client, 1)).toEqual([['event.end', 1]]);
    expect(client.received).toHaveLength(1);
    await client.close();
  });

  test('what is published outside the arena', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    for (const subject of [
      `other.${session}.event.end`,
      `ARENA.${session}.event.end`,
      `${session}.event.end`,
    ])
      await engine.publish(subject, '0');
    await engine.tell(session, 'event.end', 1);
    expect(await seen(client, 1)).toEqual([['event.end', 1]]);
    await client.close();
  });
});

describe('X4: a session is one session', () => {
  test('each of its clients gets all of its events in order, and no other session’s', async () => {
    const base = newArena();
    const sessions = [base, base.toUpperCase(), `${base}-1`, `${base}_`, base.slice(0, -1)];
    const clients = await Promise.all(
      [...sessions, ...sessions].map(async (session) => ({
        session,
        client: await watch(arena.cloud, session),
      })),
    );
    const rounds = Array.from({ length: 20 }, (_, round) => round);
    for (const round of rounds) {
      for (const session of sessions) await engine.tell(session, 'round.start', { round, session });
    }
    for (const { session, client } of clients) {
      const expected = rounds.map((round) => ['round.start', { round, session }]);
      expect(await seen(client, rounds.length)).toEqual(expected);
    }
    // The last event went out behind all others, so a stray frame would be here by now.
    for (const { client } of clients) expect(client.received).toHaveLength(rounds.length);
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  test('many messages in one breath arrive in their order', async () => {
    const session = newArena();
    const client = await watch(arena.cloud, session);
    // They go out in few publishes of many calls each.
    const count = can('long-invocations') ? 200 : 30;
    for (let n = 0; n < count; n += 1) {
      engine.connection.publish(`arena.${session}.agent.a${n % 7}.output`, String(n));
    }
    await engine.connection.flush();
    const data = (await seen(client, count)).map(([, n]) => n);
    expect(data).toEqual(Array.from({ length: count }, (_, n) => n));
    const numbers = client.received.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(count);
    await client.close();
  });
});
