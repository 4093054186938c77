/**
 * CORS, where a function URL is configured for it: then Lambda speaks for the function, and leaves what the function says
 * beside it.
 */

import { afterAll, beforeAll, expect } from 'vitest';
import { makeFunctionUrl } from '../support/fixture-assembly.ts';
import { rule } from './rule.ts';
import { GITHUB, LAMBDA, LAMBDA_API } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const CONFIGURATION = `${LAMBDA}/urls-configuration.html`;
const CORS = `${LAMBDA_API}/API_Cors.html`;

/** Says what it is asked to say; `own` adds a CORS header of its own. */
const STREAMER = `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const { do: what } = event.queryStringParameters ?? {};
  if (what === 'throw') throw new Error('no');
  if (what === 'plain') return void stream.end('plain');
  const own = what === 'own' ? { 'Access-Control-Allow-Origin': 'https://own.example' } : {};
  const statusCode = what === 'refuse' ? 503 : 200;
  const body = awslambda.HttpResponseStream.from(stream, { statusCode, headers: { 'x-own': '1', ...own } });
  body.write(event.requestContext.http.method);
  body.end();
});`;

const ORIGIN = 'https://app.example';

let subject: Subject;

beforeAll(async () => {
  const cors = {
    Listed: {
      AllowOrigins: [ORIGIN, 'http://localhost:3000'],
      AllowMethods: ['GET'],
      AllowHeaders: ['authorization'],
      ExposeHeaders: ['x-own'],
      MaxAge: 300,
    },
    Everybody: { AllowOrigins: ['*'] },
    Nobody: undefined,
  };
  const parts = Object.entries(cors).map(([name, Cors]) => {
    const part = makeFunctionUrl(name);
    Object.assign(Object(part.resources[`${name}Url`]).Properties, { Cors });
    return part;
  });
  const { resources: closed, outputs } = makeFunctionUrl('Closed', []);
  Object.assign(Object(closed.ClosedUrl).Properties, { Cors: cors.Listed });
  const names = [...Object.keys(cors), 'Closed'];
  subject = await startSubject({
    functions: Object.fromEntries(names.map((name) => [name, { code: STREAMER }])),
    unpermitted: names,
    http: {},
    events: {},
    resources: Object.assign(closed, ...parts.map(({ resources }) => resources)),
    outputs: Object.assign(outputs, ...parts.map(({ outputs }) => outputs)),
  });
});
afterAll(() => subject?.close());

interface Answer {
  status: number;
  cors: Record<string, string>;
  body: string;
}

async function ask(
  query: string,
  method: string,
  headers: Record<string, string>,
  name = 'Listed',
): Promise<Answer> {
  const id = /^https:\/\/([^.]+)\./.exec(subject.twin.outputs[`${name}Url`] ?? '')?.[1];
  const response = await subject.web(`/_aws/lambda-url/${id}/${query}`, { method, headers });
  const cors = [...response.headers].filter(([header]) => header.startsWith('access-control-'));
  return { status: response.status, cors: Object.fromEntries(cors), body: await response.text() };
}

const preflight = (origin: string) => ({ origin, 'access-control-request-method': 'GET' });

const PREFLIGHT_ALLOWED = {
  'access-control-allow-origin': ORIGIN,
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'authorization',
  'access-control-max-age': '300',
};
const ALLOWED = { 'access-control-allow-origin': ORIGIN, 'access-control-expose-headers': 'x-own' };

rule(
  'The answer to a preflight has the CORS headers that are configured at the URL, and none of the function’s.',
  { kind: 'documented', source: [CONFIGURATION] },
  async () => {
    expect((await ask('?do=own', 'OPTIONS', preflight(ORIGIN))).cors).toEqual(PREFLIGHT_ALLOWED);
  },
);

rule(
  'Lambda answers a preflight at a function URL itself, with 204 and no body.',
  {
    kind: 'open',
    source: [CONFIGURATION],
    otherwise: 'with an empty 200, or with the status of the function, which it asks.',
  },
  async () => {
    expect(await ask('', 'OPTIONS', preflight(ORIGIN))).toMatchObject({ status: 204, body: '' });
  },
);

rule(
  'An OPTIONS that is no preflight goes to the function.',
  { kind: 'open', source: [CONFIGURATION], otherwise: 'Lambda answers every OPTIONS itself.' },
  async () => {
    expect(await ask('', 'OPTIONS', {})).toMatchObject({ status: 200, body: 'OPTIONS' });
    expect(await ask('', 'OPTIONS', { origin: ORIGIN })).toMatchObject({ status: 200, body: 'OPTIONS' });
  },
);

rule(
  'Every other answer through the URL gets the configured headers, a streamed one too.',
  { kind: 'documented', source: [CONFIGURATION] },
  async () => {
    expect(await ask('', 'GET', { origin: ORIGIN })).toEqual({ status: 200, cors: ALLOWED, body: 'GET' });
    expect(await ask('?do=refuse', 'GET', { origin: ORIGIN })).toMatchObject({ status: 503, cors: ALLOWED });
    expect(await ask('?do=plain', 'GET', { origin: ORIGIN })).toMatchObject({ body: 'plain', cors: ALLOWED });
  },
);

rule(
  'So do those that Lambda gives in the function’s place.',
  {
    kind: 'inferred',
    source: [CONFIGURATION],
  },
  async () => {
    expect(await ask('?do=throw', 'GET', { origin: ORIGIN })).toMatchObject({ status: 502, cors: ALLOWED });
    expect(await ask('', 'GET', { origin: ORIGIN }, 'Closed')).toMatchObject({ status: 403, cors: ALLOWED });
  },
);

rule(
  'CORS headers that the function has set go out beside the configured ones, so that a header may be there twice.',
  { kind: 'documented', source: [CONFIGURATION] },
  async () => {
    const { cors } = await ask('?do=own', 'GET', { origin: ORIGIN });
    expect(cors['access-control-allow-origin']).toBe(`${ORIGIN}, https://own.example`);
  },
);

rule(
  'A request without an `Origin`, or from one that is not allowed, gets the function’s answer without a configured header.',
  { kind: 'inferred', source: [CONFIGURATION, CORS] },
  async () => {
    expect(await ask('', 'GET', {})).toEqual({ status: 200, cors: {}, body: 'GET' });
    const other = 'https://other.example';
    expect(await ask('', 'GET', { origin: other })).toEqual({ status: 200, cors: {}, body: 'GET' });
    expect((await ask('', 'OPTIONS', preflight(other))).cors).toEqual({});
  },
);

rule(
  'The origin `*` of a function URL is answered as `*`.',
  {
    kind: 'open',
    source: [CONFIGURATION, `${GITHUB}/aws-powertools/powertools-lambda-python/issues/4163`],
    otherwise:
      'the origin that asked is named: the page shows the one, a report the other. A page may read either.',
  },
  async () => {
    const everybody = { 'access-control-allow-origin': '*' };
    expect((await ask('', 'GET', { origin: ORIGIN }, 'Everybody')).cors).toEqual(everybody);
    expect((await ask('', 'OPTIONS', preflight(ORIGIN), 'Everybody')).cors).toEqual(everybody);
  },
);

rule(
  'Without a CORS configuration the function’s headers go out as they are, and a preflight is a request like any other.',
  { kind: 'inferred', source: [CONFIGURATION] },
  async () => {
    const own = { 'access-control-allow-origin': 'https://own.example' };
    expect(await ask('?do=own', 'GET', { origin: ORIGIN }, 'Nobody')).toMatchObject({ cors: own });
    expect(await ask('', 'OPTIONS', preflight(ORIGIN), 'Nobody')).toEqual({
      status: 200,
      cors: {},
      body: 'OPTIONS',
    });
  },
);
