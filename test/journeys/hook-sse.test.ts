/** Hook events as server-sent events, and the tickets of those that can send no header (contract rows H4, H5, X2, X4 to X6). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  bearer,
  eventIds,
  expectHandshakeRefused,
  expectRefused,
  type HookToken,
  issueToken,
  newTicket,
  newUser,
  openByTicket,
  openEvents,
  openRt,
  postEvent,
  postMany,
  RT,
  refusedStream,
  SSE,
  type User,
} from '../support/hook-client.ts';
import { needs } from '../support/needs.ts';
import { openAt } from '../support/socket-client.ts';
import { expectProblem, sendRaw } from '../support/webhook.ts';

const TICKET_MS = 30_000;
/** From the end of the last stream that it opened. */
const TICKET_GRACE_MS = 60_000;
const MARGIN_MS = 4_000;

needs('streaming', () => {
  let cloud: Cloud;
  beforeAll(async () => {
    cloud = await startCloud();
  });
  afterAll(() => cloud?.close());

  async function userWithToken(): Promise<HookToken & { readonly user: User }> {
    const user = await newUser(cloud);
    return { user, ...(await issueToken(cloud, user)) };
  }

  describe.concurrent('a stream', () => {
    test('carries the frame that a socket gets, under its id and without a name', async () => {
      const { user, token } = await userWithToken();
      const socket = await openRt(cloud, user.session);
      const client = await openEvents(cloud, user.session);
      await postEvent(cloud, token, { payload: 'Grüße\nin zwei Zeilen' });
      const [[frame], [event]] = await Promise.all([socket.frames(1), client.frames(1)]);
      expect(event).toEqual({ ...frame, line: frame?.id, name: '' });
      expect(client.text).toContain(`id: ${frame?.id}\ndata: ${socket.texts[0]}\n\n`);
      await Promise.all([socket.close(), client.close()]);
    });

    test('says that it is one, that it is not to be kept, and when to come back', async () => {
      const client = await openEvents(cloud, (await newUser(cloud)).session);
      expect(client.headers.get('content-type')).toBe('text/event-stream');
      expect(client.headers.get('cache-control')).toBe('no-store');
      expect(client.retry).toBe(1_000);
      await client.close();
    });

    test('has every event of its user in order, by session, token or ticket, and none of another', async () => {
      const [own, other] = [await userWithToken(), await userWithToken()];
      const clients = [
        await openEvents(cloud, own.user.session),
        await openEvents(cloud, own.token),
        await openByTicket(cloud, await newTicket(cloud, own.user)),
      ];
      const ids: string[] = [];
      for (let n = 0; n < 4; n += 1) {
        await postEvent(cloud, other.token);
        ids.push(await postEvent(cloud, own.token));
      }
      for (const client of clients) {
        expect(eventIds(await client.frames(4))).toEqual(ids);
        expect(client.received).toHaveLength(4);
        await client.close();
      }
    });

    test('carries a payload of 65,536 bytes whole', async () => {
      const { user, token } = await userWithToken();
      const client = await openEvents(cloud, user.session);
      const payload = 'é'.repeat(32_767);
      await postEvent(cloud, token, { payload });
      expect((await client.frames(1))[0]?.payload).toBe(payload);
      await client.close();
    });
  });

  describe.concurrent('a client that comes back', () => {
    test.each(['header', 'query'])(
      'with its last id in the %s gets everything since, once',
      async (place) => {
        const { user, token } = await userWithToken();
        const first = await openEvents(cloud, user.session);
        const ids = await postMany(cloud, { token }, 4);
        const last = String((await first.frames(2))[1]?.id);
        await first.close();
        const client =
          place === 'header'
            ? await openEvents(cloud, user.session, { lastEventId: last })
            : await openEvents(cloud, user.session, { query: `?after=${last}` });
        await client.frames(2);
        ids.push(...(await postMany(cloud, { token }, 2)));
        expect(eventIds(await client.frames(4))).toEqual(ids.slice(2));
        expect(client.received).toHaveLength(4);
        await client.close();
      },
    );

    test('with its ticket, again and again in the middle of posts, misses none and gets none twice', async () => {
      const { user, token } = await userWithToken();
      const ticket = await newTicket(cloud, user);
      const first = await openByTicket(cloud, ticket);
      let { lastEventId } = first;
      await first.close();
      const [ids, got]: [string[], unknown[]] = [[], []];
      const listen = async (count: number) => {
        const client = await openByTicket(cloud, ticket, lastEventId);
        await client.frames(count);
        await client.close();
        got.push(...eventIds(client.received));
        ({ lastEventId } = client);
      };
      for (let round = 0; round < 5; round += 1) {
        const posting = postMany(cloud, { token }, 3);
        await listen(1);
        ids.push(...(await posting));
      }
      if (got.length < ids.length) await listen(ids.length - got.length);
      expect(got).toEqual(ids);
    });

    needs('sure-hand-offs', () => {
      test('with an id from a socket goes on here, and with one from here on a socket', async () => {
        const { user, token } = await userWithToken();
        const socket = await openRt(cloud, user.session);
        await postMany(cloud, { token }, 1);
        const [frame] = await socket.frames(1);
        await socket.close();
        const second = await postMany(cloud, { token }, 2);
        const stream = await openEvents(cloud, token, { lastEventId: frame?.id ?? '' });
        expect(eventIds(await stream.frames(2))).toEqual(second);
        await stream.close();
        const third = await postMany(cloud, { token }, 1);
        const back = await openRt(cloud, token, `?after=${stream.lastEventId}`);
        expect(eventIds(await back.frames(1))).toEqual(third);
        await back.close();
      });
    });
  });

  describe.concurrent('a ticket', () => {
    needs('sure-calls', () => {
      test('that opened a stream opens no socket, and one that opened a socket no stream', async () => {
        const user = await newUser(cloud);
        const [forStream, forSocket] = [await newTicket(cloud, user), await newTicket(cloud, user)];
        const stream = await openByTicket(cloud, forStream);
        await expectHandshakeRefused(cloud, 401, `${RT}?ticket=${forStream}`);
        const socket = await openAt(cloud, `${RT}?ticket=${forSocket}`, {});
        expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${forSocket}`));
        await Promise.all([stream.close(), socket.close()]);
        expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${forSocket}`));
        await expectHandshakeRefused(cloud, 401, `${RT}?ticket=${forStream}`);
      });
    });

    test('that nobody used for thirty seconds opens nothing', async () => {
      const user = await newUser(cloud);
      const tickets = [await newTicket(cloud, user), await newTicket(cloud, user)];
      await sleep(TICKET_MS + MARGIN_MS);
      expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${tickets[0]}`));
      await expectHandshakeRefused(cloud, 401, `${RT}?ticket=${tickets[1]}`);
    }, 120_000);

    needs('long-invocations', () => {
      test('is good for a reconnect when a stream of a minute and half a minute more are over', async () => {
        const { user, token } = await userWithToken();
        const ticket = await newTicket(cloud, user);
        const first = await openByTicket(cloud, ticket);
        expect(await first.ended()).toBe('ended');
        const ids = await postMany(cloud, { token }, 1);
        await sleep(TICKET_GRACE_MS / 2);
        const second = await openByTicket(cloud, ticket, first.lastEventId);
        expect(eventIds(await second.frames(1))).toEqual(ids);
        await second.close();
      }, 240_000);

      test('is good for nothing when its last stream has been over for a minute', async () => {
        const ticket = await newTicket(cloud, await newUser(cloud));
        const first = await openByTicket(cloud, ticket);
        expect(await first.ended()).toBe('ended');
        await sleep(TICKET_GRACE_MS + MARGIN_MS);
        expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${ticket}`));
      }, 240_000);
    });
  });

  describe('a stream is refused', () => {
    test('with 401 without credentials', async () => {
      expectRefused(await refusedStream(cloud, SSE), 401);
    });

    test.each(['', 'x', 'ticket_abc123_def456'])('with 401 for the ticket %j', async (ticket) => {
      expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${ticket}`));
    });

    test('with 401 for a session or a hook token in the place of a ticket', async () => {
      const { user, token } = await userWithToken();
      for (const secret of [user.session, token])
        expectTicketRefused(await refusedStream(cloud, `${SSE}?ticket=${secret}`));
    });

    test('with 400 for a malformed cursor, whoever asks', async () => {
      const { session } = await newUser(cloud);
      for (const headers of [bearer(session), {}]) {
        const byQuery = expectRefused(await refusedStream(cloud, `${SSE}?after=x`, headers), 400);
        expect(byQuery.errors.map(({ field }) => field)).toEqual(['query after']);
        const byHeader = await refusedStream(cloud, SSE, { ...headers, 'last-event-id': 'x' });
        expect(expectRefused(byHeader, 400).errors[0]?.field).toBe('header Last-Event-ID');
      }
    });

    test('with 403 for another user’s cursor, after the credentials were judged', async () => {
      const { user, token } = await userWithToken();
      const stream = await openEvents(cloud, user.session);
      await postMany(cloud, { token }, 1);
      const id = String((await stream.frames(1))[0]?.id);
      await stream.close();
      const { session } = await newUser(cloud);
      expectRefused(await refusedStream(cloud, SSE, { ...bearer(session), 'last-event-id': id }), 403);
      expectRefused(await refusedStream(cloud, SSE, { 'last-event-id': id }), 401);
    });

    test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('with 405 for %s, with what is taken', async (method) => {
      const headers = { ...bearer((await newUser(cloud)).session) };
      const target = { ...cloud, httpUrl: cloud.streamUrl('') };
      const answer = await sendRaw(target, undefined, { path: SSE, method, headers, token: null });
      expectRefused(answer, 405);
      expect(answer.headers.get('allow')?.split(/,\s*/)).toContain('GET');
    });
  });

  /** The error shape; which field it names depends on where credentials were looked for. */
  function expectTicketRefused(answer: Parameters<typeof expectProblem>[0]): void {
    expectProblem(answer, 401);
  }
});
