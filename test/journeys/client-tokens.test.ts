/** Client tokens of the shared secret: which channels they open, how they are carried, what is refused (contract rows X7, L4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { secondsFromNow, signBySecret, unsigned } from '../support/client-tokens.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { can, needs } from '../support/needs.ts';
import { openAt, openStream, type Refusal, SocketClient } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import { until } from '../support/until.ts';
import {
  type Answer,
  expectNoInternals,
  expectProblem,
  newTenant,
  progress,
  publishOne,
} from '../support/webhook.ts';

const OLD = 'the-secret-of-last-year-that-still-holds';
const NEW = 'the-secret-that-is-being-rolled-out-now';
const CLIENT_JWT_SECRET = JSON.stringify([NEW, OLD]);

const tokenFor = (tenant: string, claims: Record<string, unknown> = {}, secret = NEW): Promise<string> =>
  signBySecret(secret, { channels: [`tenant:${tenant}`], exp: secondsFromNow(3_600), ...claims });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function refusedSocket(cloud: Cloud, path: string, token?: string): Promise<Refusal> {
  return new SocketClient(cloud.socketUrl(path), token === undefined ? {} : bearer(token)).refused();
}

async function refusedStream(cloud: Cloud, path: string, token?: string): Promise<Answer> {
  const client = await openSse(cloud, path, { headers: token === undefined ? {} : bearer(token) });
  await client.ended();
  return client;
}

/** Both ways of watching a tenant answer with this status. */
async function expectRefused(cloud: Cloud, tenant: string, token: string | undefined, status: number) {
  const socket = await refusedSocket(cloud, `/stream?tenant=${tenant}`, token);
  expect(socket.status, socket.body).toBe(status);
  expectNoInternals(socket.body);
  const { errors } = expectProblem(await refusedStream(cloud, tenantStream(tenant), token), status);
  expect(errors.map(({ field }) => field)).toEqual(['header Authorization']);
}

/** Both ways of watching a tenant bring its next event. */
async function expectOpen(cloud: Cloud, tenant: string, token: string) {
  const socket = await openStream(cloud, tenant, bearer(token));
  const stream = await openSse(cloud, tenantStream(tenant), { headers: bearer(token) });
  expect(stream.status).toBe(200);
  await stream.standing();
  const id = await publishOne(cloud, progress(tenant));
  expect((await socket.frames(1)).map((frame) => frame.id)).toEqual([id]);
  expect((await stream.frames(1)).map((frame) => frame.id)).toEqual([id]);
  await Promise.all([socket.close(), stream.close()]);
}

needs('settings', () => {
  describe('where client tokens are taken', () => {
    let cloud: Cloud;
    beforeAll(async () => {
      cloud = await startCloud({ environment: { CLIENT_JWT_SECRET } });
    });
    afterAll(() => cloud?.close());

    test.each<[string, (tenant: string) => readonly string[]]>([
      ['its name', (tenant) => [`tenant:${tenant}`]],
      ['one of several names', (tenant) => ['tenant:other', 'user:u1', `tenant:${tenant}`]],
      ['how its name begins', (tenant) => [`tenant:${tenant.slice(0, 6)}*`]],
      ['all there are', () => ['*']],
    ])('a token that covers a channel by %s opens it', async (_, channelsOf) => {
      const tenant = newTenant();
      await expectOpen(cloud, tenant, await tokenFor(tenant, { channels: channelsOf(tenant) }));
    });

    test('every secret that is valid at the moment makes good tokens', async () => {
      const tenant = newTenant();
      await expectOpen(cloud, tenant, await tokenFor(tenant, {}, OLD));
    });

    test('a token without an end opens its channel too', async () => {
      const tenant = newTenant();
      await expectOpen(cloud, tenant, await tokenFor(tenant, { exp: undefined }));
    });

    needs('sure-hand-offs', () => {
      test('a browser’s WebSocket carries it as a subprotocol, which is not echoed', async () => {
        const tenant = newTenant();
        const protocols = ['relay.v1', `bearer.${await tokenFor(tenant)}`];
        const client = await openAt(cloud, `/stream?tenant=${tenant}`, {}, protocols);
        expect(client.protocol).toBe('relay.v1');
        await client.frameWhere(({ type }) => type === 'ready');
        const id = await publishOne(cloud, progress(tenant));
        await client.frameWhere((frame) => frame.id === id);
        await client.close();
      });
    });

    test.each<[string, (tenant: string) => Promise<string> | string | undefined]>([
      ['none', () => undefined],
      ['garbage', () => 'garbage'],
      ['garbage in three parts', () => 'e30.e30.e30'],
      ['one that has expired', (tenant) => tokenFor(tenant, { exp: secondsFromNow(-1) })],
      ['one that does not hold yet', (tenant) => tokenFor(tenant, { nbf: secondsFromNow(3_600) })],
      ['one of another secret', (tenant) => tokenFor(tenant, {}, `${NEW}!`)],
      ['one that nobody signed', (tenant) => unsigned({ channels: [`tenant:${tenant}`] })],
      ['one without channels', (tenant) => tokenFor(tenant, { channels: undefined })],
      ['one whose channels are no list', (tenant) => tokenFor(tenant, { channels: `tenant:${tenant}` })],
      [
        'one of another algorithm',
        (tenant) => signBySecret(NEW, { channels: [`tenant:${tenant}`] }, 'HS512'),
      ],
      ['the secret itself', () => NEW],
      ['the list of secrets', () => Buffer.from(CLIENT_JWT_SECRET).toString('base64url')],
      ['the webhook’s token', () => cloud.webhookToken],
    ])('%s opens nothing: 401', async (_, make) => {
      const tenant = newTenant();
      await expectRefused(cloud, tenant, await make(tenant), 401);
    });

    test.each<[string, (tenant: string) => readonly string[]]>([
      ['another tenant', () => ['tenant:other']],
      ['a name that only begins like the channel’s', (tenant) => [`tenant:${tenant.slice(0, -1)}`]],
      ['the tenant without its kind', (tenant) => [tenant]],
      ['another kind of channel', (tenant) => [`user:${tenant}`, 'user:*']],
      ['a star in the middle', () => ['tenant:*-']],
      ['nothing', () => []],
    ])('a token for %s is refused: 403', async (_, channelsOf) => {
      const tenant = newTenant();
      const token = await tokenFor(tenant, { channels: channelsOf(tenant) });
      await expectRefused(cloud, tenant, token, 403);
    });

    test('a malformed query is 400, whatever the token', async () => {
      const token = await tokenFor('a', { channels: ['tenant:b'] });
      for (const shown of [undefined, 'garbage', token]) {
        expect((await refusedSocket(cloud, '/stream', shown)).status).toBe(400);
        expectProblem(await refusedStream(cloud, '/stream/sse', shown), 400);
      }
    });

    test('another tenant’s cursor is 403 for whoever may have the channel, and 401 for the others', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const id = await publishOne(cloud, progress(other));
      const path = `/stream?tenant=${tenant}&after=${id}`;
      expect((await refusedSocket(cloud, path, await tokenFor(tenant))).status).toBe(403);
      expect((await refusedSocket(cloud, path)).status).toBe(401);
    });

    test('no event reaches whoever was refused', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      const token = await tokenFor(other);
      const refused = new SocketClient(cloud.socketUrl(`/stream?tenant=${tenant}`), bearer(token));
      expect((await refused.refused()).status).toBe(403);
      const [entitled, elsewhere] = await Promise.all([
        openStream(cloud, tenant, bearer(await tokenFor(tenant))),
        openStream(cloud, other, bearer(token)),
      ]);
      await publishOne(cloud, progress(tenant));
      const own = await publishOne(cloud, progress(other));
      await entitled.frames(1);
      expect((await elsewhere.frames(1)).map(({ id }) => id)).toEqual([own]);
      expect(refused.texts).toEqual([]);
      await Promise.all([entitled.close(), elsewhere.close()]);
    });

    test('what a token has opened ends with it: the stream by itself, and nothing more reaches the socket', async () => {
      const tenant = newTenant();
      // A publish whose function dies is finished by its repeat, which waits for two seconds first.
      const exp = secondsFromNow(can('sure-calls') ? 4 : 15);
      const short = bearer(await tokenFor(tenant, { exp }));
      const socket = await openStream(cloud, tenant, short);
      const stream = await openSse(cloud, tenantStream(tenant), { headers: short });
      const id = await publishOne(cloud, progress(tenant));
      expect((await socket.frames(1)).map((frame) => frame.id)).toEqual([id]);
      if (!cloud.retryPolicy) expect(await stream.ended()).toBe('ended');
      await until('the end of the token', () => Date.now() >= exp * 1_000 || undefined);
      const longer = await openStream(cloud, tenant, bearer(await tokenFor(tenant)));
      await publishOne(cloud, progress(tenant));
      await longer.frames(1);
      expect(socket.received.map((frame) => frame.id)).toEqual([id]);
      await Promise.all([stream.close(), longer.close(), socket.close()]);
    });
  });

  describe('where the shared bearer is taken as well', () => {
    let cloud: Cloud;
    beforeAll(async () => {
      cloud = await startCloud({ guarded: true, environment: { CLIENT_JWT_SECRET: NEW } });
    });
    afterAll(() => cloud?.close());

    test('the bearer opens every tenant’s channel', async () => {
      await expectOpen(cloud, newTenant(), cloud.clientBearer ?? expect.unreachable());
    });

    test('a token opens its own', async () => {
      const tenant = newTenant();
      await expectOpen(cloud, tenant, await tokenFor(tenant));
    });

    test.each([
      ['nothing', 401, () => undefined],
      ['neither', 401, () => 'garbage'],
      ['a token of another secret', 401, (tenant: string) => tokenFor(tenant, {}, OLD)],
      ['a token for another channel', 403, () => tokenFor('other')],
    ])('%s: %i', async (_, status, make) => {
      const tenant = newTenant();
      await expectRefused(cloud, tenant, await make(tenant), status);
    });
  });
});
