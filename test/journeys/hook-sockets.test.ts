/** Hook events on sockets: whose they are, what opens them, and how they come back (contract rows H4, X4, X5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  bearer,
  eventIds,
  expectHandshakeRefused,
  issueToken,
  newTicket,
  newUser,
  openRt,
  postEvent,
  postMany,
  RT,
  watched,
} from '../support/hook-client.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openAt } from '../support/socket-client.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

describe('H4: sockets', () => {
  test('every socket of a user gets its events in order, by whichever credentials, and no other user’s', async () => {
    const users = await Promise.all(
      [0, 1, 2].map(async () => {
        const user = await newUser(cloud);
        const tokens = [await issueToken(cloud, user), await issueToken(cloud, user)] as const;
        const shown = [user.session, user.session, ...tokens.map(({ token }) => token)];
        const sockets = await Promise.all(shown.map((token) => openRt(cloud, token)));
        return { user, tokens, sockets };
      }),
    );
    const expected = users.map((): string[] => []);
    for (let round = 0; round < 3; round += 1) {
      for (const [n, { tokens, user }] of users.entries()) {
        const { token } = tokens[round % 2] ?? expect.unreachable();
        expected[n]?.push(await postEvent(cloud, token, { payload: { of: user.userId, round } }));
      }
    }
    for (const [n, { sockets }] of users.entries()) {
      for (const socket of sockets) {
        const frames = await socket.frames(3);
        expect(eventIds(frames)).toEqual(expected[n]);
        expectNumbers(frames, [1, 2, 3]);
      }
    }
    // The last event went out after all others, so a stray frame would be here by now.
    for (const { sockets } of users) {
      for (const socket of sockets) {
        expect(socket.received).toHaveLength(3);
        await socket.close();
      }
    }
  });

  // Whose function dies over a message is told so by the gateway.
  needs('sure-hand-offs', () => {
    test('what a plain client sends gets no answer and opens nothing', async () => {
      const [own, other] = [await watched(cloud), await watched(cloud)];
      const subscribe = JSON.stringify({ action: 'subscribe', channel: `user:${other.userId}` });
      for (const text of ['hello', '', '{"action":"ping"}', subscribe]) own.socket.send(text);
      await postEvent(cloud, other.token);
      const last = await postEvent(cloud, own.token);
      expect(eventIds(await own.socket.frames(1))).toEqual([last]);
      expect(own.socket.texts).toHaveLength(1);
      await Promise.all([own, other].map(({ socket }) => socket.close()));
    });
  });

  needs('sure-calls', () => {
    test('a ticket opens one socket and no second', async () => {
      const { user, token, socket } = await watched(cloud);
      const path = `${RT}?ticket=${await newTicket(cloud, user)}`;
      const client = await openAt(cloud, path, {});
      await expectHandshakeRefused(cloud, 401, path);
      const id = await postEvent(cloud, token);
      expect(eventIds(await client.frames(1))).toEqual([id]);
      await client.close();
      await expectHandshakeRefused(cloud, 401, path);
      await socket.close();
    });

    test('of sockets that come with the same ticket at the same time one opens', async () => {
      const user = await newUser(cloud);
      const path = `${RT}?ticket=${await newTicket(cloud, user)}`;
      const attempts = await Promise.allSettled([0, 1, 2, 3, 4].map(() => openAt(cloud, path, {})));
      const opened = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(opened).toHaveLength(1);
      await Promise.all(opened.map((client) => client.close()));
    });
  });

  test.each([
    ['no', ''],
    ['an empty', '?ticket='],
    ['a wrong', '?ticket=ticket_abc123_def456'],
    ['a malformed', '?ticket=x'],
  ])('%s ticket and no bearer is refused with 401', (_, query) =>
    expectHandshakeRefused(cloud, 401, `${RT}${query}`),
  );

  test('a wrong token as a subprotocol is refused with 401', () =>
    expectHandshakeRefused(cloud, 401, RT, {}, ['relay.v1', 'bearer.session_abc123_def456']));

  test('a session or a hook token in the place of a ticket is refused with 401', async () => {
    const { user, token, socket } = await watched(cloud);
    for (const secret of [user.session, token])
      await expectHandshakeRefused(cloud, 401, `${RT}?ticket=${secret}`);
    await socket.close();
  });
});

describe('X5: coming back', () => {
  test.each(['x', '', '1', 'AAAAAAAAAAAAAAAA.-1', '%00'])(
    '?after=%s is malformed: 400, whoever asks',
    async (after) => {
      const { session } = await newUser(cloud);
      await expectHandshakeRefused(cloud, 400, `${RT}?after=${after}`, bearer(session));
      await expectHandshakeRefused(cloud, 400, `${RT}?after=${after}`);
    },
  );

  test('another user’s cursor is refused with 403, after the credentials were judged', async () => {
    const { token, socket } = await watched(cloud);
    await postEvent(cloud, token);
    const [frame] = await socket.frames(1);
    const path = `${RT}?after=${frame?.id}`;
    await expectHandshakeRefused(cloud, 403, path, bearer((await newUser(cloud)).session));
    await expectHandshakeRefused(cloud, 401, path);
    await socket.close();
  });

  needs('sure-hand-offs', () => {
    test.each(['query', 'header'])(
      'with the last id in the %s brings everything since, once',
      async (place) => {
        const { token, user, socket } = await watched(cloud);
        const ids = await postMany(cloud, { token }, 5);
        const last = (await socket.frames(5))[1]?.id ?? '';
        const client =
          place === 'query'
            ? await openRt(cloud, user.session, `?after=${last}`)
            : await openAt(cloud, RT, { ...bearer(user.session), 'Last-Event-ID': last });
        await client.frames(3);
        const later = await postMany(cloud, { token }, 2);
        expect(eventIds(await client.frames(5))).toEqual([...ids.slice(2), ...later]);
        expect(client.received).toHaveLength(5);
        await Promise.all([socket.close(), client.close()]);
      },
    );
  });

  needs('subprotocol', () => {
    needs('sure-hand-offs', () => {
      const byProtocol = (token: string, query = '') =>
        openAt(cloud, `${RT}${query}`, {}, ['relay.v1', `bearer.${token}`]);

      test('a browser’s socket shows its token as a subprotocol, and is told first where it stands', async () => {
        const user = await newUser(cloud);
        const { token } = await issueToken(cloud, user);
        for (const shown of [user.session, token]) {
          const client = await byProtocol(shown);
          expect(client.protocol).toBe('relay.v1');
          const [ready] = await client.frames(1);
          expect(ready).toEqual({
            type: 'ready',
            channel: `user:${user.userId}`,
            head: expect.any(String),
            recovered: null,
          });
          const id = await postEvent(cloud, token);
          expect((await client.frames(2))[1]?.event_id).toBe(id);
          await client.close();
        }
      });

      test('a ticket opens a socket of relay.v1 too', async () => {
        const { user, token, socket } = await watched(cloud);
        const path = `${RT}?ticket=${await newTicket(cloud, user)}`;
        const client = await openAt(cloud, path, {}, ['relay.v1']);
        expect(await client.frames(1)).toMatchObject([{ type: 'ready' }]);
        const id = await postEvent(cloud, token);
        expect((await client.frames(2))[1]?.event_id).toBe(id);
        await Promise.all([socket.close(), client.close()]);
      });

      test('a socket of relay.v1 that comes back is told that nothing is missing', async () => {
        const { user, token, socket } = await watched(cloud);
        const ids = await postMany(cloud, { token }, 4);
        const after = (await socket.frames(4))[0]?.id;
        const client = await byProtocol(user.session, `?after=${after}`);
        const frames = await client.frames(4);
        expect(frames[0]).toMatchObject({ type: 'ready', recovered: true });
        expect(eventIds(frames)).toEqual(ids.slice(1));
        client.send('{"action":"ping"}');
        const pong = await client.frameWhere(({ type }) => type === 'pong');
        expect(pong.head).toBe(frames.at(-1)?.id);
        await Promise.all([socket.close(), client.close()]);
      });
    });
  });
});
