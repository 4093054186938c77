/**
 * CORS, where the HTTP API is configured for it: then API Gateway speaks for the functions behind it.
 */

import { afterAll, beforeAll, expect } from 'vitest';
import { rule } from './rule.ts';
import { APIGW, NPM } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const CORS = `${APIGW}/http-api-cors.html`;

const WEB = `exports.handler = async ({ requestContext }) => {
  if (requestContext.http.path === '/broken') throw new Error('no');
  const headers = { 'Access-Control-Allow-Origin': 'https://own.example', 'X-Own': 'kept' };
  return { statusCode: 200, headers, body: requestContext.http.method };
}`;

const fixture = (CorsConfiguration: object) => ({
  functions: { Web: { code: WEB } },
  http: { 'GET /web': 'Web', 'OPTIONS /web': 'Web', 'GET /broken': 'Web' },
  events: {},
  resources: {
    HttpApi: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', CorsConfiguration } },
  },
});

const ORIGIN = 'https://app.example';

let subject: Subject;

beforeAll(async () => {
  subject = await startSubject(
    fixture({
      AllowOrigins: [ORIGIN, 'http://*'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: ['authorization', 'x-own'],
      ExposeHeaders: ['x-own'],
      MaxAge: 300,
      AllowCredentials: true,
    }),
  );
});
afterAll(() => subject?.close());

interface Answer {
  status: number;
  cors: Record<string, string>;
  body: string;
}

async function ask(
  path: string,
  method: string,
  headers: Record<string, string>,
  of = subject,
): Promise<Answer> {
  const response = await of.web(path, { method, headers });
  const cors = [...response.headers].filter(([name]) => name.startsWith('access-control-'));
  return { status: response.status, cors: Object.fromEntries(cors), body: await response.text() };
}

const preflight = (origin: string) => ({ origin, 'access-control-request-method': 'POST' });

const ALLOWED = {
  'access-control-allow-origin': ORIGIN,
  'access-control-allow-credentials': 'true',
};

const PREFLIGHT_ALLOWED = {
  ...ALLOWED,
  'access-control-allow-methods': 'GET,POST',
  'access-control-allow-headers': 'authorization,x-own',
  'access-control-max-age': '300',
};

rule(
  'A preflight is answered by API Gateway itself with the configured headers, even where there is no route for OPTIONS.',
  { kind: 'documented', source: [CORS] },
  async () => {
    expect((await ask('/nowhere', 'OPTIONS', preflight(ORIGIN))).cors).toEqual(PREFLIGHT_ALLOWED);
  },
);

rule(
  'A preflight is answered by API Gateway itself where there is a route for OPTIONS too.',
  {
    kind: 'open',
    source: [CORS],
    otherwise:
      'the function behind the route answers it: the page speaks of paths without such a route, and says that `$default` takes OPTIONS too.',
  },
  async () => {
    expect((await ask('/web', 'OPTIONS', preflight(ORIGIN))).cors).toEqual(PREFLIGHT_ALLOWED);
  },
);

rule(
  'The answer to a preflight is 204 without a body.',
  {
    kind: 'reported',
    source: ['https://stevekinney.com/courses/aws-frontend/api-gateway-cors-configuration'],
  },
  async () => {
    expect(await ask('/web', 'OPTIONS', preflight(ORIGIN))).toMatchObject({ status: 204, body: '' });
  },
);

rule(
  'An OPTIONS without `Origin` or without `Access-Control-Request-Method` is no preflight: it goes to its route.',
  {
    kind: 'open',
    source: [CORS],
    otherwise: 'it is answered with an empty 204: the page says only that CORS headers need both.',
  },
  async () => {
    expect(await ask('/web', 'OPTIONS', {})).toMatchObject({ status: 200, body: 'OPTIONS' });
    expect(await ask('/web', 'OPTIONS', { origin: ORIGIN })).toMatchObject({ status: 200, body: 'OPTIONS' });
    expect((await ask('/nowhere', 'OPTIONS', {})).status).toBe(404);
  },
);

rule(
  "The configured headers are added to the function's response; CORS headers that the function has set are ignored.",
  { kind: 'documented', source: [CORS] },
  async () => {
    expect(await ask('/web', 'GET', { origin: ORIGIN })).toEqual({
      status: 200,
      cors: { ...ALLOWED, 'access-control-expose-headers': 'x-own' },
      body: 'GET',
    });
  },
);

rule(
  'A request without an `Origin`, or from one that is not allowed, is served like any other and gets no CORS header at all.',
  { kind: 'inferred', source: [CORS] },
  async () => {
    expect(await ask('/web', 'GET', {})).toEqual({ status: 200, cors: {}, body: 'GET' });
    expect(await ask('/web', 'GET', { origin: 'https://other.example' })).toEqual({
      status: 200,
      cors: {},
      body: 'GET',
    });
    expect(await ask('/web', 'OPTIONS', preflight('https://other.example'))).toEqual({
      status: 204,
      cors: {},
      body: '',
    });
  },
);

rule(
  'Among the allowed origins `https://*` and `http://*` stand for all of their scheme, and the answer names the one that asked.',
  { kind: 'documented', source: [CORS] },
  async () => {
    const origin = 'http://localhost:3000';
    expect((await ask('/web', 'GET', { origin })).cors['access-control-allow-origin']).toBe(origin);
    expect((await ask('/web', 'GET', { origin: `${ORIGIN}.evil` })).cors).toEqual({});
  },
);

rule(
  'The allowed origin `*` is answered as `*`; what is not configured is not sent.',
  { kind: 'inferred', source: [CORS] },
  async () => {
    const open = await startSubject(fixture({ AllowOrigins: ['*'] }));
    const wildcard = { 'access-control-allow-origin': '*' };
    expect((await ask('/web', 'GET', { origin: ORIGIN }, open)).cors).toEqual(wildcard);
    expect((await ask('/web', 'OPTIONS', preflight(ORIGIN), open)).cors).toEqual(wildcard);
    await open.close();
  },
);

rule(
  'Credentials together with the origin `*` cannot be configured.',
  { kind: 'documented', source: [`${NPM}/aws-cdk-lib`] },
  async () => {
    const start = startSubject(fixture({ AllowOrigins: ['*'], AllowCredentials: true }));
    await expect(start).rejects.toThrow('AllowCredentials is not possible with the origin "*"');
  },
);

rule(
  "API Gateway's own error responses carry no CORS headers.",
  {
    kind: 'open',
    source: [CORS],
    otherwise: 'they carry them as well: the page speaks of responses from an integration alone.',
  },
  async () => {
    expect(await ask('/nowhere', 'GET', { origin: ORIGIN })).toMatchObject({ status: 404, cors: {} });
    expect(await ask('/broken', 'GET', { origin: ORIGIN })).toMatchObject({ status: 500, cors: {} });
  },
);

rule(
  "Without a CORS configuration the function's own headers go out as they are, and OPTIONS is a method like any other.",
  { kind: 'inferred', source: [CORS] },
  async () => {
    const { resources: _, ...plain } = fixture({});
    const other = await startSubject(plain);
    const own = { 'access-control-allow-origin': 'https://own.example' };
    expect(await ask('/web', 'GET', { origin: ORIGIN }, other)).toEqual({
      status: 200,
      cors: own,
      body: 'GET',
    });
    expect(await ask('/web', 'OPTIONS', preflight(ORIGIN), other)).toEqual({
      status: 200,
      cors: own,
      body: 'OPTIONS',
    });
    expect((await ask('/broken', 'OPTIONS', preflight(ORIGIN), other)).status).toBe(404);
    await other.close();
  },
);
