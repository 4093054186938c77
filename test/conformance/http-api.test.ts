/**
 * What becomes of a request to an HTTP API: limits, routes, and the response that a function's result turns into.
 */

import { afterAll, beforeAll, expect } from 'vitest';
import { readStack } from '../../local/stack/stack.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, REPOST } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const QUOTAS = `${APIGW}/http-api-quotas.html`;
const ROUTES = `${APIGW}/http-api-develop-routes.html`;
const FORMAT = `${APIGW}/http-api-develop-integrations-lambda.html`;
const SERVER_ERROR = `${REPOST}/knowledge-center/api-gateway-internal-server-error`;
const MB = 1024 * 1024;

const WEB = `exports.handler = async (event) => {
  const { do: what } = event.queryStringParameters ?? {};
  const result = {
    response: { statusCode: 201, headers: { 'X-Own': 'yes', 'X-Number': 1 }, cookies: ['a=1', 'b=2'], body: 'made' },
    bare: { key: 1 },
    text: 'text',
    base64: { statusCode: 200, headers: { 'content-type': 'image/png' }, body: '//79', isBase64Encoded: true },
    plain: { statusCode: 200, body: 'x' },
    status: { statusCode: 'many' },
    body: { statusCode: 200, body: { not: 'text' } },
    cookies: { statusCode: 200, cookies: 'a=1' },
    route: { route: event.routeKey, size: event.body?.length, parameters: event.pathParameters },
  };
  if (what === 'nothing') return undefined;
  if (what === 'throw') throw new Error('no');
  if (what === 'exit') process.exit(1);
  if (what === 'hang') await new Promise(() => {});
  return result[what ?? 'route'];
}`;

let subject: Subject;

beforeAll(async () => {
  const routes = ['GET /web', 'POST /web', 'ANY /web', 'GET /web/{id}', 'GET /web/special', 'ANY /{proxy+}'];
  subject = await startSubject({
    functions: {
      Web: { code: WEB, timeout: 5 },
      Unpermitted: { code: 'exports.handler = async () => ({ statusCode: 200 })' },
      Broken: { code: `throw new Error('at init')` },
    },
    http: {
      ...Object.fromEntries(routes.map((key) => [key, 'Web'])),
      'GET /slow': 'Web',
      'GET /unpermitted': 'Unpermitted',
      'GET /broken': 'Broken',
    },
    events: {},
    unpermitted: ['Unpermitted'],
    integrationTimeouts: { 'GET /slow': 1000 },
  });
});
afterAll(() => subject?.close());

async function message(path: string, init?: RequestInit): Promise<[status: number, body: unknown]> {
  const response = await subject.web(path, init);
  expect(response.headers.get('content-type')).toBe('application/json');
  return [response.status, await response.json()];
}

rule(
  'A result with a `statusCode` is the response: its headers, its cookies each as a header of its own, its body.',
  { kind: 'documented', source: [FORMAT] },
  async () => {
    const response = await subject.web('/web?do=response');
    expect(response.status).toBe(201);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.get('x-number')).toBe('1');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('made');
  },
);

rule(
  'A result without a `statusCode` is the JSON body of a 200, whatever it is; a function that returns nothing answers null.',
  { kind: 'documented', source: [FORMAT] },
  async () => {
    expect(await message('/web?do=bare')).toEqual([200, { key: 1 }]);
    expect(await message('/web?do=text')).toEqual([200, 'text']);
    expect(await message('/web?do=nothing')).toEqual([200, null]);
  },
);

rule(
  'A body in base64 that says so (`isBase64Encoded`) goes out as the bytes it stands for.',
  { kind: 'documented', source: [FORMAT] },
  async () => {
    const response = await subject.web('/web?do=base64');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([0xff, 0xfe, 0xfd]));
  },
);

rule(
  'A response without a content type is `text/plain;charset=UTF-8`.',
  {
    kind: 'open',
    source: [FORMAT],
    otherwise: 'it is `application/json`, which the page names for a result without a status code.',
  },
  async () => {
    const response = await subject.web('/web?do=plain');
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
  },
);

rule(
  'A function that fails, ends, cannot be loaded or answers something malformed is 500 `{"message":"Internal Server Error"}`.',
  { kind: 'documented', source: [SERVER_ERROR] },
  async () => {
    for (const path of [
      '/web?do=throw',
      '/web?do=exit',
      '/web?do=status',
      '/web?do=body',
      '/web?do=cookies',
      '/broken',
      '/broken',
    ]) {
      expect(await message(path), path).toEqual([500, { message: 'Internal Server Error' }]);
    }
  },
);

rule(
  'A function that API Gateway has no permission to invoke is 500 as well.',
  { kind: 'documented', source: [SERVER_ERROR] },
  async () => {
    expect(await message('/unpermitted')).toEqual([500, { message: 'Internal Server Error' }]);
  },
);

rule(
  'A function that takes longer than its integration may is 503 `{"message":"Service Unavailable"}`.',
  {
    kind: 'reported',
    source: [`${GITHUB}/cortexlabs/cortex/issues/1226`, `${REPOST}/knowledge-center/api-gateway-5xx-error`],
  },
  async () => {
    expect(await message('/slow?do=hang')).toEqual([503, { message: 'Service Unavailable' }]);
  },
);

rule(
  'An integration may take 30 seconds behind an HTTP API and 29 behind a WebSocket API, unless the template says less.',
  {
    kind: 'documented',
    source: [QUOTAS, `${APIGW}/apigateway-execution-service-websocket-limits-table.html`],
  },
  async () => {
    const other = await startSubject({
      functions: { Web: { code: WEB } },
      http: { 'GET /web': 'Web' },
      events: { $default: 'Web' },
    });
    const timeouts = (folder: string) =>
      readStack(folder).apis.map(({ protocol, routes }) => [
        protocol,
        routes.map(({ timeoutMs }) => timeoutMs),
      ]);
    expect(timeouts(other.folder)).toEqual([
      ['HTTP', [30_000]],
      ['WEBSOCKET', [29_000]],
    ]);
    await other.close();
    const [[, own = []] = []] = timeouts(subject.folder);
    expect(own).toContain(1000);
  },
);

rule(
  'A body may have 10 MB; a larger one is 413 `{"message":"Request Entity Too Large"}`, whatever the route.',
  { kind: 'inferred', source: [QUOTAS] },
  async () => {
    const tooLarge = { method: 'POST', body: 'x'.repeat(10 * MB + 1) };
    expect(await message('/web', tooLarge)).toEqual([413, { message: 'Request Entity Too Large' }]);
  },
);

rule(
  'A body that makes an event of more than 6 MB is 500, since Lambda does not take it: text from 6 MB on, other bytes from 4.5 MB on.',
  {
    kind: 'inferred',
    source: [QUOTAS, 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html'],
  },
  async () => {
    const bytes = { method: 'POST', headers: { 'content-type': 'application/octet-stream' } };
    expect((await message('/web', { ...bytes, body: 'x'.repeat(4 * MB) }))[0]).toBe(200);
    expect((await message('/web', { ...bytes, body: 'x'.repeat(5 * MB) }))[0]).toBe(500);
  },
);

rule(
  'A request line and headers of more than 10,240 bytes together are 431.',
  {
    kind: 'open',
    source: [QUOTAS],
    otherwise: 'another status: the limit is documented and its status is not.',
  },
  async () => {
    expect((await subject.web('/web', { headers: { 'x-long': 'x'.repeat(9000) } })).status).toBe(200);
    expect((await subject.web('/web', { headers: { 'x-long': 'x'.repeat(10_500) } })).status).toBe(431);
  },
);

rule(
  'The most specific route wins: the full path before one with parameters, that before a greedy one, a method before ANY.',
  { kind: 'documented', source: [ROUTES] },
  async () => {
    const routeOf = async (path: string, method = 'GET') => (await message(path, { method }))[1];
    expect(await routeOf('/web')).toMatchObject({ route: 'GET /web' });
    expect(await routeOf('/web', 'PUT')).toMatchObject({ route: 'ANY /web' });
    expect(await routeOf('/web/special')).toMatchObject({ route: 'GET /web/special' });
    expect(await routeOf('/web/1')).toMatchObject({ route: 'GET /web/{id}', parameters: { id: '1' } });
    expect(await routeOf('/web/1', 'PUT')).toMatchObject({
      route: 'ANY /{proxy+}',
      parameters: { proxy: 'web/1' },
    });
  },
);

rule(
  'What matches no route goes to `$default`, and is 404 `{"message":"Not Found"}` where there is none.',
  { kind: 'documented', source: [ROUTES] },
  async () => {
    const functions = { Web: { code: WEB } };
    const without = await startSubject({ functions, http: { 'GET /web': 'Web' }, events: {} });
    for (const [path, method] of [
      ['/nowhere', 'GET'],
      ['/web', 'POST'],
      ['/web/', 'GET'],
    ] as const) {
      const response = await without.web(path, { method });
      expect([response.status, await response.json()], path).toEqual([404, { message: 'Not Found' }]);
    }
    await without.close();
    const withDefault = await startSubject({ functions, http: { $default: 'Web' }, events: {} });
    expect(await (await withDefault.web('/nowhere')).json()).toEqual({ route: '$default' });
    await withDefault.close();
  },
);

rule(
  'Each response names its request id in `apigw-requestid`, the id that the event carries.',
  { kind: 'inferred', source: [`${APIGW}/http-api-logging-variables.html`] },
  async () => {
    expect((await subject.web('/web')).headers.get('apigw-requestid')).toMatch(/=$/);
    expect((await subject.web('/web?do=throw')).headers.get('apigw-requestid')).toMatch(/=$/);
  },
);

rule(
  'An HTTP API does not stream: a response leaves in one piece when the function has returned.',
  { kind: 'documented', source: [`${APIGW}/response-transfer-mode.html`] },
  async () => {
    const response = await subject.web('/web?do=response');
    expect(response.headers.get('content-length')).toBe('4');
    expect(response.headers.has('transfer-encoding')).toBe(false);
  },
);
