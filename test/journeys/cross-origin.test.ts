/** Pages of other origins: whose answers a browser lets them read, and who of them may open a socket (contract row H6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { bearerOf, openAt, openStream, SocketClient } from '../support/socket-client.ts';
import { openSse, tenantStream } from '../support/sse-client.ts';
import {
  type Answer,
  expectProblem,
  newTenant,
  progress,
  publishOne,
  send,
  sendRaw,
  WEBHOOK,
} from '../support/webhook.ts';

const ORIGIN = 'https://app.example';
const OTHER = 'https://other.example';
const ALLOWED = { 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': 'retry-after' };
const PREFLIGHT = {
  'access-control-allow-origin': ORIGIN,
  'access-control-allow-headers':
    'authorization,cache-control,content-type,idempotency-key,last-event-id,webhook-id,x-relay-token',
  'access-control-max-age': '3600',
};

function corsOf(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));
}

/** A request for a stream that is over at once; its answer. */
async function stream(
  cloud: Cloud,
  origin: string,
  path = tenantStream(newTenant()),
  bearer = bearerOf(cloud),
): Promise<Answer> {
  const client = await openSse(cloud, path, { headers: { origin, ...bearer } });
  await client.close();
  return client;
}

async function preflight(url: string, origin: string): Promise<Response> {
  const asked = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' };
  return fetch(url, { method: 'OPTIONS', headers: { origin, ...asked } });
}

needs('settings', () => {
  describe('with a list of allowed origins', () => {
    let cloud: Cloud;
    beforeAll(async () => {
      const context = { 'relay:allowedOrigins': `${ORIGIN},http://localhost:3000` };
      cloud = await startCloud({ guarded: true, context });
    });
    afterAll(() => cloud?.close());

    test('a preflight of a listed one is answered for every path', async () => {
      for (const path of [WEBHOOK, '/nowhere']) {
        const answer = await preflight(`${cloud.httpUrl}${path}`, ORIGIN);
        expect([answer.status, corsOf(answer.headers)], path).toEqual([
          204,
          { ...PREFLIGHT, 'access-control-allow-methods': 'GET,POST' },
        ]);
      }
      const answer = await preflight(cloud.streamUrl('/stream/sse'), ORIGIN);
      expect([answer.status, corsOf(answer.headers)]).toEqual([
        204,
        { ...PREFLIGHT, 'access-control-allow-methods': 'GET' },
      ]);
    });

    test('a preflight of another one gets no word', async () => {
      const urls = [`${cloud.httpUrl}${WEBHOOK}`, cloud.streamUrl('/stream/sse')];
      for (const url of urls) expect(corsOf((await preflight(url, OTHER)).headers), url).toEqual({});
    });

    test('the answer to a POST is a listed page’s to read, whatever it says', async () => {
      const headers = { origin: ORIGIN };
      const event = () => progress(newTenant());
      expect(corsOf((await send(cloud, event(), { headers })).headers)).toEqual(ALLOWED);
      const refusals: [number, Answer][] = [
        [400, await send(cloud, {}, { headers })],
        [401, await send(cloud, event(), { headers, token: 'wrong' })],
        [404, await send(cloud, event(), { headers, path: '/nowhere' })],
        [405, await sendRaw(cloud, undefined, { headers, method: 'GET' })],
      ];
      for (const [status, answer] of refusals) {
        expectProblem(answer, status);
        expect(corsOf(answer.headers), `${status}`).toEqual(ALLOWED);
      }
    });

    test('so is a stream, and why there is none', async () => {
      const client = await openSse(cloud, tenantStream(newTenant()), {
        headers: { origin: ORIGIN, ...bearerOf(cloud) },
      });
      expect([client.status, corsOf(client.headers)]).toEqual([200, ALLOWED]);
      await client.close();
      const refusals: [number, Answer][] = [
        [400, await stream(cloud, ORIGIN, '/stream/sse')],
        [401, await stream(cloud, ORIGIN, tenantStream(newTenant()), {})],
        [404, await stream(cloud, ORIGIN, '/stream/sse/more')],
      ];
      for (const [status, answer] of refusals) {
        expect([answer.status, corsOf(answer.headers)]).toEqual([status, ALLOWED]);
      }
    });

    test('another page’s requests are served, and not its to read', async () => {
      const headers = { origin: OTHER };
      const posted = await send(cloud, progress(newTenant()), { headers });
      expect([posted.status, corsOf(posted.headers)]).toEqual([202, {}]);
      const streamed = await stream(cloud, OTHER);
      expect([streamed.status, corsOf(streamed.headers)]).toEqual([200, {}]);
    });

    test.each([
      ['a listed page', { origin: ORIGIN }],
      ['another listed page', { origin: 'http://localhost:3000' }],
      ['whoever is no browser', {}],
    ])('%s opens a socket', async (_, headers) => {
      const tenant = newTenant();
      const client = await openStream(cloud, tenant, { ...headers, ...bearerOf(cloud) });
      const id = await publishOne(cloud, progress(tenant));
      expect((await client.frames(1))[0]?.id).toBe(id);
      await client.close();
    });

    test.each([OTHER, `${ORIGIN}:8443`, `${ORIGIN}.evil.example`, 'http://app.example', 'null'])(
      'a page of %s opens none, and hears nothing',
      async (origin) => {
        const tenant = newTenant();
        const headers = { origin, ...bearerOf(cloud) };
        const refused = new SocketClient(cloud.socketUrl(`/stream?tenant=${tenant}`), headers);
        expect((await refused.refused()).status).toBe(403);
        const client = await openStream(cloud, tenant);
        await publishOne(cloud, progress(tenant));
        await client.frames(1);
        expect(refused.texts).toEqual([]);
        await client.close();
      },
    );

    test('its credentials are judged before its origin, and its query before both', async () => {
      const refusal = (path: string, headers: Record<string, string>) =>
        new SocketClient(cloud.socketUrl(path), { origin: OTHER, ...headers }).refused();
      expect((await refusal(`/stream?tenant=${newTenant()}`, {})).status).toBe(401);
      expect((await refusal('/stream', {})).status).toBe(400);
      expect((await refusal('/stream', bearerOf(cloud))).status).toBe(400);
    });
  });

  test('with every origin allowed a page of anywhere reads answers and opens sockets', async () => {
    const cloud = await startCloud({ context: { 'relay:allowedOrigins': '*' } });
    const everybody = { ...ALLOWED, 'access-control-allow-origin': '*' };
    const posted = await send(cloud, progress(newTenant()), { headers: { origin: OTHER } });
    expect(corsOf(posted.headers)).toEqual(everybody);
    expect(corsOf((await stream(cloud, OTHER)).headers)).toEqual(everybody);
    const client = await openAt(cloud, `/stream?tenant=${newTenant()}`, { origin: 'null' });
    await client.close();
    await cloud.close();
  });

  test('without a list no answer is another origin’s to read, and sockets open for all', async () => {
    const cloud = await startCloud();
    const posted = await send(cloud, progress(newTenant()), { headers: { origin: ORIGIN } });
    expect([posted.status, corsOf(posted.headers)]).toEqual([202, {}]);
    expect(corsOf((await stream(cloud, ORIGIN)).headers)).toEqual({});
    expect(corsOf((await preflight(`${cloud.httpUrl}${WEBHOOK}`, ORIGIN)).headers)).toEqual({});
    const client = await openAt(cloud, `/stream?tenant=${newTenant()}`, { origin: OTHER });
    await client.close();
    await cloud.close();
  });
});
