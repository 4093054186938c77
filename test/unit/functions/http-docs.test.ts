import { beforeAll, describe, expect, it, vi } from 'vitest';
import { context, httpEvent } from './http-event.ts';

type Handler = typeof import('../../../functions/http-docs.ts')['handler'];
let handler: Handler;

beforeAll(async () => {
  vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'SILENT');
  ({ handler } = await import('../../../functions/http-docs.ts'));
});

interface Answer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const get = (path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  handler(httpEvent({ method: 'GET', path, headers }), context);

describe.each([
  ['/openapi.json', 'application/json', /^\{"openapi":"3\.1\.\d"/],
  ['/docs', 'text/html; charset=utf-8', /^<!doctype html>/],
])('%s', (path, type, begin) => {
  it('is answered whole, with a tag and a time for which it may be kept', async () => {
    const { statusCode, headers, body } = await get(path);
    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({
      'content-type': type,
      etag: expect.stringMatching(/^"[\w-]{22}"$/),
      'cache-control': 'public, max-age=60',
    });
    expect(body).toMatch(begin);
  });

  it.each([
    ['the tag', (tag: string) => tag],
    ['the tag as a weak one', (tag: string) => `W/${tag}`],
    ['a list that has it', (tag: string) => `"other", ${tag}`],
    ['anything', () => '*'],
  ])('is not sent again to a caller that holds %s', async (_, held) => {
    const { headers = {} } = await get(path);
    const again = await get(path, { 'if-none-match': held(headers.etag ?? '') });
    const { etag, 'cache-control': kept } = headers;
    expect(again).toEqual({ statusCode: 304, headers: { etag, 'cache-control': kept }, body: '' });
  });

  it('is sent again to a caller that holds another', async () => {
    expect((await get(path, { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });
});

describe('the page', () => {
  it('comes with its policy, and is not to be guessed at', async () => {
    expect((await get('/docs')).headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/^default-src 'none'; style-src 'sha256-/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });
});

it('has nothing at another path', async () => {
  const { statusCode, body = '' } = await get('/docs/more');
  expect([statusCode, JSON.parse(body).type]).toEqual([404, 'urn:relay:error:not-found']);
});
