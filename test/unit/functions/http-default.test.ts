import { beforeAll, describe, expect, it, vi } from 'vitest';
import { context, httpEvent } from './http-event.ts';

type Handler = typeof import('../../../functions/http-default.ts')['handler'];
let handler: Handler;

beforeAll(async () => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  ({ handler } = await import('../../../functions/http-default.ts'));
});

async function refused(method: string, path: string) {
  const answer: { statusCode: number; headers?: Readonly<Record<string, string>>; body?: string } =
    await handler(httpEvent({ method, path }), context);
  return { ...answer, body: JSON.parse(answer.body ?? '') };
}

describe('a preflight', () => {
  const preflight = httpEvent({
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
  });

  it('that the gateway leaves to it is good where origins are allowed: the headers are the gateway’s', async () => {
    vi.resetModules();
    vi.stubEnv('ALLOWED_ORIGINS', '["https://app.example"]');
    const other = await import('../../../functions/http-default.ts');
    vi.unstubAllEnvs();
    expect(await other.handler(preflight, context)).toEqual({ statusCode: 204 });
    expect(await other.handler(httpEvent({ method: 'OPTIONS' }), context)).toMatchObject({ statusCode: 405 });
  });

  it('is like any other OPTIONS where none are', async () => {
    expect(await handler(preflight, context)).toMatchObject({ statusCode: 405 });
  });
});

describe.each(['/socket.io/', '/socket.io'])('long-polling at %s', (path) => {
  const handshake = { EIO: '4', transport: 'polling' };
  const headers = { 'content-type': 'text/plain; charset=UTF-8', 'cache-control': 'no-store' };

  it('is refused in a session of its own', async () => {
    const asked = () => handler(httpEvent({ method: 'GET', path, query: handshake }), context);
    const answers = [await asked(), await asked()];
    const sids = answers.map(({ body = '' }) => /"sid":"([\w-]{20})".*WebSocket only/.exec(body)?.[1]);
    expect(new Set(sids).size).toBe(2);
    expect(sids).not.toContain(undefined);
    expect(answers[0]).toMatchObject({ statusCode: 200, headers });
  });

  it('ends with that session', async () => {
    const asked = { path, query: { ...handshake, sid: 'a' } };
    const ok = await handler(httpEvent({ ...asked, method: 'POST', body: '40' }), context);
    expect(ok).toEqual({ statusCode: 200, headers, body: 'ok' });
    const end = await handler(httpEvent({ ...asked, method: 'GET' }), context);
    expect(end).toEqual({ statusCode: 200, headers, body: '1' });
  });

  it("gets Engine.IO's own error where it is no handshake", async () => {
    expect(await handler(httpEvent({ method: 'GET', path }), context)).toEqual({
      statusCode: 400,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: '{"code":0,"message":"Transport unknown"}',
    });
  });

  it.each(['PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])('by %s is 405', async (method) => {
    const { statusCode, headers, body } = await refused(method, path);
    expect({ statusCode, allow: headers?.allow }).toEqual({ statusCode: 405, allow: 'GET, POST' });
    expect(body).toMatchObject({ type: 'urn:relay:error:method-not-allowed', status: 405 });
  });
});

describe('what no route takes', () => {
  it.each([
    '/',
    '/webhook',
    '/webhook/modal/',
    '/Webhook/modal',
    '/webhook/modal/x',
    '/stream',
    '/socket.io/x',
    '/__proto__',
  ])('%s is 404', async (path) => {
    expect(await refused('POST', path)).toEqual({
      statusCode: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:relay:error:not-found',
        title: 'Nothing was found',
        status: 404,
        detail: 'No route of this relay has this path.',
        errors: [],
        request_id: 'request-1',
      },
    });
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'])(
    '%s of a path that takes POST is 405 and says so',
    async (method) => {
      expect(await refused(method, '/webhook/modal')).toEqual({
        statusCode: 405,
        headers: { 'content-type': 'application/problem+json', allow: 'POST' },
        body: {
          type: 'urn:relay:error:method-not-allowed',
          title: 'This path does not take this method',
          status: 405,
          detail: `${method} is not taken here; use POST.`,
          errors: [],
          request_id: 'request-1',
        },
      });
    },
  );
});
