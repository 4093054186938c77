/**
 * What the functions print while they are used and abused: the metrics of what happened, and nothing that somebody presented.
 * Every credential, query value and event of this file holds one text that no line may have.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorAnswer } from '../../local/aws/answer.ts';
import type { AwsCall } from '../../local/aws/call.ts';
import { startTwinCloud, type TwinCloud } from '../support/cloud.ts';
import { figuresIn, metricsIn } from '../support/embedded-metrics.ts';
import {
  bearer,
  issueToken,
  newTicket,
  newUser,
  openByTicket,
  openRt,
  postCli,
  postEvent,
  revoke,
  tryToRevoke,
} from '../support/hook-client.ts';
import { openAt, openStream, SocketClient } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { until } from '../support/until.ts';
import { newTenant, progress, publishOne, send, sendRaw } from '../support/webhook.ts';

const CANARY = 'canary-9Zz0';
const token = `hook_01ABCDEFGH_${CANARY}_0123456789abcdef`;
const jwt = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(CANARY).toString('base64url')}.${CANARY}`;

/** Credentials that the relay itself gave out. */
const given: string[] = [];

let cloud: TwinCloud;
/** A call for which this holds is answered with an error of DynamoDB's. */
let fails: (call: AwsCall) => boolean = () => false;

beforeAll(async () => {
  cloud = await startTwinCloud({
    guarded: true,
    async onAwsCall(call, proceed) {
      return fails(call) ? errorAnswer(400, 'ValidationException', 'no') : proceed();
    },
  });
});
afterAll(() => cloud?.close());

/** The lines with this message that come while something is done, once there are so many. */
async function linesOf(message: string, count: number, act: () => Promise<unknown>): Promise<string[]> {
  const before = cloud.lines.length;
  await act();
  return until(`${count} lines "${message}"`, () => {
    const lines = cloud.lines.slice(before).filter((line) => line.includes(`"message":"${message}"`));
    return lines.length >= count ? lines : undefined;
  });
}

/** With every call of this kind answered with an error. */
async function whileFailing<T>(operation: string, functionName: string, act: () => Promise<T>): Promise<T> {
  fails = (call) => call.operation === operation && call.functionName.startsWith(functionName);
  try {
    return await act();
  } finally {
    fails = () => false;
  }
}

describe('the metrics of', () => {
  test('a publish are one line, with what became of it', async () => {
    const tenant = newTenant();
    const clients = [await openStream(cloud, tenant), await openStream(cloud, tenant)];
    const lines = await linesOf('published', 1, () => publishOne(cloud, progress(tenant)));
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(JSON.parse(line)).toMatchObject({
      level: 'INFO',
      service: 'relay',
      surface: 'live-events',
      request_id: expect.stringMatching(/^\S+$/),
    });
    expect(figuresIn(line)).toEqual({ accepted: 1, delivered: 2, delivery_ms: expect.any(Number) });
    await Promise.all(clients.map((client) => client.close()));
  });

  test('a hook event have the ids of its user and of its token', async () => {
    const user = await newUser(cloud);
    const { token: hook, tokenId } = await issueToken(cloud, user);
    const client = await openRt(cloud, hook);
    const [line = ''] = await linesOf('published', 1, () => postEvent(cloud, hook));
    expect(JSON.parse(line)).toMatchObject({
      surface: 'hook-backend',
      request_id: expect.stringMatching(/^\S+$/),
      user_id: user.userId,
      token_id: tokenId,
    });
    expect(figuresIn(line)).toEqual({ accepted: 1, delivered: 1, delivery_ms: expect.any(Number) });
    await client.close();
  });

  test('a refusal of somebody who was let in have the ids, those of nobody else have none', async () => {
    const { token, tokenId, userId } = await issueToken(cloud, await newUser(cloud));
    const refusal = async (shown: string) => {
      const [line = ''] = await linesOf('refused', 1, () => postCli(cloud, shown, {}));
      return JSON.parse(line);
    };
    expect(await refusal(token)).toMatchObject({ status: 400, user_id: userId, token_id: tokenId });
    const stranger = await refusal('nobody');
    expect(stranger).toMatchObject({ status: 401 });
    expect(Object.keys(stranger)).not.toContain('user_id');
  });

  test('a repeat by name say that nothing was accepted', async () => {
    const tenant = newTenant();
    const named = { headers: { 'idempotency-key': 'the-first' } };
    await publishOne(cloud, progress(tenant), named);
    const [line = ''] = await linesOf('published', 1, () => publishOne(cloud, progress(tenant), named));
    expect(figuresIn(line)).toEqual({ accepted: 0, repeated: 1 });
  });

  test('the minute’s pass add up to the sockets that are open', async () => {
    const tenant = newTenant();
    const clients = await Promise.all(Array.from({ length: 12 }, () => openStream(cloud, tenant)));
    await until('the sockets of other tests are gone', () =>
      cloud.twin.connections().length === clients.length ? true : undefined,
    );
    const sum = (lines: readonly string[]) =>
      lines.flatMap(metricsIn).reduce((all, { name, value }) => all + (name === 'sockets' ? value : 0), 0);
    await until('no other connection is on record', async () => {
      const lines = await linesOf('swept', 1, () => cloud.twin.fireSchedules());
      return sum(lines) === clients.length ? true : undefined;
    });
    await Promise.all(clients.map((client) => client.close()));
  });

  test('a stream are written at its end', async () => {
    const tenant = newTenant();
    const stream = await openSse(cloud, tenantStream(tenant));
    await stream.standing();
    await publishOne(cloud, progress(tenant));
    await stream.frames(1);
    // It would end by itself after a minute; a failing table ends it sooner.
    const [line = ''] = await whileFailing('GetItem', 'EventsSse', () =>
      linesOf('streamed', 1, () => stream.ended()),
    );
    expect(figuresIn(line)).toEqual({
      streams_ended: 1,
      stream_seconds: expect.any(Number),
      stream_events: 1,
    });
  });

  test('a failure of the relay’s own are in the line that tells of it', async () => {
    const [line = ''] = await whileFailing('UpdateItem', 'IngestLiveEvents', () =>
      linesOf('failed', 1, () => send(cloud, progress(newTenant(), { note: CANARY }))),
    );
    expect(figuresIn(line)).toEqual({ failed: 1 });
    expect(JSON.parse(line)).toMatchObject({ level: 'ERROR', status: 500 });
  });
});

describe('the lines about a handshake', () => {
  test('name whom it let in, also where it is refused after that, and nobody where it let nobody in', async () => {
    const user = await newUser(cloud);
    const { token: hook, tokenId } = await issueToken(cloud, user);
    const whose = { request_id: expect.stringMatching(/^\S+$/), user_id: user.userId, token_id: tokenId };
    const lineOf = async (message: string, act: () => Promise<unknown>) => {
      const [line = ''] = await linesOf(message, 1, act);
      return JSON.parse(line);
    };
    const refusal = (shown: string, after: string) =>
      lineOf('refused', () =>
        new SocketClient(cloud.socketUrl(`/api/rt?after=${after}`), bearer(shown)).refused(),
      );
    const elsewhere = await publishOne(cloud, progress(newTenant()));

    const opened = await lineOf('connected', async () => (await openRt(cloud, hook)).close());
    expect(opened).toMatchObject({ ...whose, connection_id: expect.stringMatching(/^\S+$/) });
    expect(await refusal(hook, elsewhere)).toMatchObject({ ...whose, status: 403 });
    const stranger = await refusal('nobody', elsewhere);
    expect(stranger).toMatchObject({ status: 401 });
    expect(Object.keys(stranger)).not.toContain('user_id');
    expect(Object.keys(stranger)).not.toContain('token_id');
  });
});

describe('no line has anything of', () => {
  const tenant = newTenant();
  const event = (fields: object) => ({ ...progress(tenant), ...fields });

  test.each<[string, number, () => Promise<{ status: number }>]>([
    ['a sender’s wrong token', 401, () => send(cloud, progress(tenant), { token })],
    ['an event that is accepted', 202, () => send(cloud, event({ note: token, jwt }))],
    ['a name', 202, () => send(cloud, event({ event_id: token }))],
    ['a name in a header', 202, () => send(cloud, event({}), { headers: { 'idempotency-key': token } })],
    [
      'a name that is too long',
      400,
      () => send(cloud, event({}), { headers: { 'webhook-id': token.repeat(30) } }),
    ],
    ['a wrong type', 400, () => send(cloud, event({ type: token }))],
    ['a wrong tenant', 400, () => send(cloud, event({ tenant: `${token} ${token}` }))],
    ['a wrong number', 400, () => send(cloud, event({ progress_percent: jwt }))],
    ['a wrong artifact', 400, () => send(cloud, event({ artifacts: [{ url: 5, [token]: token }, token] }))],
    [
      'a field’s name',
      400,
      () => sendRaw(cloud, JSON.stringify(event({ [token]: 0 })).replace(/:0}$/, ':1e999}')),
    ],
    ['a body that is no JSON', 400, () => sendRaw(cloud, `token=${token}&tenant=${CANARY}`)],
    ['a body that is too large', 413, () => send(cloud, event({ note: token.repeat(4_000) }))],
    ['a query string', 404, () => sendRaw(cloud, '{}', { path: `/nowhere/?token=${token}&ticket=${token}` })],
    ['a path', 404, () => sendRaw(cloud, '{}', { path: `/${token}` })],
    [
      'a method’s refusal',
      405,
      () => sendRaw(cloud, '{}', { path: `/webhook/modal?token=${token}`, method: 'PUT' }),
    ],
  ])('%s', async (_title, status, act) => {
    expect((await act()).status).toBe(status);
  });

  const stream = `/stream?tenant=${tenant}`;
  test.each<[string, number, string, Record<string, string>, string[]]>([
    ['a bearer', 401, stream, { authorization: `Bearer ${token}` }, []],
    ['a browser’s bearer', 401, stream, {}, ['relay.v1', `bearer.${token}`]],
    ['a JSON web token', 401, stream, { authorization: `Bearer ${jwt}` }, []],
    ['a ticket', 401, `${stream}&ticket=${token}`, {}, []],
    ['a tenant', 400, `/stream?tenant=${encodeURIComponent(`${token} x`)}`, {}, []],
    ['two tenants', 400, `${stream}&tenant=${token}`, {}, []],
    ['a cursor', 400, `${stream}&after=${token}`, {}, []],
    ['two cursors', 400, `${stream}&after=${token}&after=${token}`, {}, []],
    ['a last id', 400, stream, { 'last-event-id': token }, []],
  ])('%s at a refused handshake', async (_title, status, path, headers, protocols) => {
    const client = new SocketClient(cloud.socketUrl(path), headers, { protocols });
    expect((await client.refused()).status).toBe(status);
  });

  test.each<[string, number, string, Record<string, string>]>([
    ['a bearer', 401, `/stream/sse?tenant=${tenant}`, { authorization: `Bearer ${token}` }],
    ['a ticket', 401, `/stream/sse?tenant=${tenant}&ticket=${token}`, {}],
    ['a cursor', 400, `/stream/sse?tenant=${tenant}&after=${token}`, {}],
    ['a last id', 400, `/stream/sse?tenant=${tenant}`, { 'last-event-id': token }],
    ['a path', 404, `/stream/${token}`, {}],
  ])('%s of a refused stream', async (_title, status, path, headers) => {
    expect((await fetch(cloud.streamUrl(path), { headers })).status).toBe(status);
  });

  test('tokens and tickets that open, are spent, are revoked, or are put where they do not belong', async () => {
    const user = await newUser(cloud);
    const { token: hook } = await issueToken(cloud, user);
    const ticket = await newTicket(cloud, user);
    given.push(user.session, hook, ticket);
    const opened = [
      await openAt(cloud, `/api/rt?ticket=${ticket}`, {}, ['relay.v1']),
      await openAt(cloud, '/api/rt', {}, ['relay.v1', `bearer.${hook}`]),
    ];
    const stream = await openByTicket(cloud, await newTicket(cloud, user));
    await postEvent(cloud, hook, { event_id: hook, payload: { hook, ticket, session: user.session } });
    expect((await postCli(cloud, user.session, { [hook]: hook })).status).toBe(403);
    expect((await postCli(cloud, hook, { event_type: hook, ts: ticket, payload: [hook] })).status).toBe(400);
    await revoke(cloud, user, { token: hook });
    expect((await postCli(cloud, hook, {})).status).toBe(401);
    expect((await tryToRevoke(cloud, user, { token_id: hook })).status).toBe(404);
    const refusals: [string, Record<string, string>, string[]][] = [
      [`/api/rt?ticket=${ticket}`, {}, []],
      ['/api/rt', {}, ['relay.v1', `bearer.${hook}`]],
      [`/api/rt?ticket=${hook}`, {}, []],
      [`/stream?tenant=${hook}`, { authorization: `Bearer ${hook}` }, []],
    ];
    for (const [path, headers, protocols] of refusals) {
      await new SocketClient(cloud.socketUrl(path), headers, { protocols }).refused();
    }
    await Promise.all([...opened, stream].map((client) => client.close()));
  });

  test('what clients say', async () => {
    const client = await openAt(cloud, stream, undefined, ['relay.v1']);
    await client.frameWhere(({ type }) => type === 'ready');
    for (const text of [token, `{"action":"${token}"}`, `{"action":"resume","after":"${token}"}`]) {
      client.send(text);
    }
    await client.frames(4);
    await client.close();
  });
});

test('they have been told of all the same, and none of them said what', () => {
  const refused = cloud.lines.filter((line) => line.includes('"message":"refused"'));
  expect(refused.length).toBeGreaterThan(20);
  for (const line of refused) {
    expect(JSON.parse(line)).toMatchObject({ request_id: expect.any(String), status: expect.any(Number) });
  }
  const encoded = Buffer.from(CANARY).toString('base64url');
  const secrets = given.map((text) => text.split('_').at(-1) ?? '');
  expect(secrets).toHaveLength(3);
  for (const text of [CANARY, encoded, ...secrets]) {
    expect(cloud.lines.filter((line) => line.includes(text))).toEqual([]);
  }
});
