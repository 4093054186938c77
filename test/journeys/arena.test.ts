/** The arena without NATS: events by webhook, who may watch and send, what is refused (contract rows A1 to A4, A6 to A8, X3, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  command,
  fakenewsPath,
  INIT,
  isConnected,
  NEWS,
  newArena,
  PATIENCE_MS,
  seen,
  watch,
} from '../support/arena-clients.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { SocketClient } from '../support/socket-client.ts';
import {
  expectProblem,
  publish,
  publishOne,
  type RequestOptions,
  send,
  sendRaw,
} from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const to = (session: string, headers: Record<string, string> = {}): RequestOptions => ({
  path: `/arena/${session}/events`,
  headers,
});
const event = (subject: string, data: unknown = null) => ({ subject, data });

const BAD_SESSIONS = ['-a', '_a', 'a.b', 'a%20b', 'a*', '%3E', 'é', 'x'.repeat(65)];

describe('A8: events by webhook', () => {
  test('one event reaches whoever watches its session, under its id', async () => {
    const session = newArena();
    const client = await watch(cloud, session);
    const death = event('event.death', { agent_id: 'marcus-001', agent_name: 'Marcus', round: 3 });
    const id = await publishOne(cloud, death, to(session));
    const [frame] = await client.frames(1, PATIENCE_MS);
    expect(frame).toEqual({ ...death, id, seq: Number(id.split('.')[1]) });
    await client.close();
  });

  test('a list arrives in its order, whatever its data', async () => {
    const session = newArena();
    const client = await watch(cloud, session);
    const data = [{ a: [1, { b: null }] }, [], 'text', '', 5.25, true, null];
    await publish(
      cloud,
      data.map((value, n) => event(`agent.a-${n}.output`, value)),
      to(session),
    );
    expect(await seen(client, data.length)).toEqual(data.map((value, n) => [`agent.a-${n}.output`, value]));
    await client.close();
  });

  test('a session hears nothing of another', async () => {
    const [one, other] = [newArena(), newArena()];
    const client = await watch(cloud, one);
    await publishOne(cloud, event('a', 'theirs'), to(other));
    await publishOne(cloud, event('a', 'ours'), to(one));
    expect(await seen(client, 1)).toEqual([['a', 'ours']]);
    await client.close();
  });

  test('X3: a name is one event, from the body before the header', async () => {
    const session = newArena();
    const named = to(session, { 'Idempotency-Key': 'key' });
    const first = await publishOne(cloud, event('a'), named);
    expect(await publishOne(cloud, event('a'), named)).toBe(first);
    const own = await publishOne(cloud, { ...event('a'), event_id: 'own' }, named);
    expect(own).not.toBe(first);
    expect(await publishOne(cloud, { ...event('a'), event_id: 'own' }, to(session))).toBe(own);
  });

  needs('sure-hand-offs', () => {
    test('X5: a client that comes back gets what it missed', async () => {
      const session = newArena();
      const ids = await publish(cloud, [event('a', 1), event('a', 2), event('a', 3)], to(session));
      const client = await watch(cloud, session, `?after=${ids[0]}`);
      expect(await seen(client, 2)).toEqual([
        ['a', 2],
        ['a', 3],
      ]);
      await client.close();
    });
  });

  test.each([
    [event('input.fakenews'), 'subject'],
    [event(''), 'subject'],
    [event('a..b'), 'subject'],
    [event('a.*'), 'subject'],
    [event('a.>'), 'subject'],
    [event('a b'), 'subject'],
    [event('.a'), 'subject'],
    [event('x'.repeat(65)), 'subject'],
    [event(Array(65).fill('xxx').join('.')), 'subject'],
    [{ data: 1 }, 'subject'],
    [{ subject: 'a' }, 'data'],
    [{ ...event('a'), event_id: '' }, 'event_id'],
    [{ ...event('a'), more: 1 }, 'body'],
    ['text', 'body'],
  ])('%j is refused by the name of its field, and the whole list with it', async (bad, field) => {
    const session = newArena();
    const fields = (answer: Parameters<typeof expectProblem>[0]) =>
      expectProblem(answer, 400).errors.map((error) => error.field);
    expect(fields(await send(cloud, bad, to(session)))).toEqual([field]);
    const inList = field === 'body' ? '[1]' : `[1].${field}`;
    expect(fields(await send(cloud, [event('a'), bad], to(session)))).toEqual([inList]);
    const client = await watch(cloud, session);
    await publishOne(cloud, event('a', 'next'), to(session));
    expect(await seen(client, 1)).toEqual([['a', 'next']]);
    await client.close();
  });

  test('what is too large is refused by its place, and nothing of the list is taken', async () => {
    const session = newArena();
    const list = [event('a'), event('a', 'x'.repeat(102_400))];
    expect(expectProblem(await send(cloud, list, to(session)), 413).errors).toMatchObject([{ field: '[1]' }]);
    expectProblem(await sendRaw(cloud, ' '.repeat(1_048_577), to(session)), 413);
    for (const count of [0, 1_001]) {
      expectProblem(await send(cloud, Array(count).fill(event('a')), to(session)), 400);
    }
  });

  test('a token that is missing or wrong is 401, before the session and the body are judged', async () => {
    for (const token of [null, 'wrong']) {
      expectProblem(await sendRaw(cloud, '{', { ...to('-'), token }), 401);
    }
  });

  test.each(BAD_SESSIONS)('A6: the session %s is refused', async (session) => {
    const answer = await send(cloud, event('a'), to(session));
    expect(expectProblem(answer, 400).errors.map(({ field }) => field)).toEqual(['path session_id']);
  });
});

needs('refusal-status', () => {
  describe('A6: the handshake', () => {
    test.each(BAD_SESSIONS)('of the session %s is refused with 400', async (session) => {
      const refused = await new SocketClient(cloud.socketUrl(`/ws/arena/${session}`), {}).refused();
      expect(refused.status, refused.body).toBe(400);
    });
  });
});

// Whose function dies over a message is told so by the gateway.
needs('sure-hand-offs', () => {
  test('a watcher that sends something is not answered, and goes on watching', async () => {
    const session = newArena();
    const client = await watch(cloud, session);
    client.send('{"subject":"event.death","data":1}');
    client.send('not JSON');
    await publishOne(cloud, event('a', 'next'), to(session));
    expect(await seen(client, 1)).toEqual([['a', 'next']]);
    await client.close();
  });
});

needs('settings', () => {
  describe('A7: without NATS', () => {
    test('health says so, and all else is well', async () => {
      expect(await isConnected(cloud, 'GET')).toBe(false);
      expect(await isConnected(cloud, 'POST')).toBe(false);
    });

    test('commands are answered with 503, once they are found valid', async () => {
      const session = newArena();
      const bodies: [string, unknown][] = [
        [INIT, { session_id: session }],
        [NEWS, { session_id: session, content: 'c' }],
        [fakenewsPath(session), { content: 'c' }],
      ];
      for (const [path, body] of bodies) {
        expectProblem(await command(cloud, path, body), 503);
        expectProblem(await command(cloud, path, {}), 400);
      }
    });
  });
});
