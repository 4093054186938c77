/**
 * Function URLs with response streaming on Node 24: what reaches the client and when, what becomes of a function whose client
 * has left, and how many may run at once. A URL answers at `https://<id>.lambda-url.<region>.on.aws`; the twin serves it below
 * `/_aws/lambda-url/<id>`.
 */

import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { InvokeCommand, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect } from 'vitest';
import { makeFunctionUrl } from '../support/fixture-assembly.ts';
import { until } from '../support/until.ts';
import { rule } from './rule.ts';
import { GITHUB, LAMBDA, LAMBDA_API } from './sources.ts';
import { type Subject, startSubject } from './subject.ts';

const INVOCATION = `${LAMBDA}/urls-invocation.html`;
const AUTH = `${LAMBDA}/urls-auth.html`;
const STREAMING = `${LAMBDA}/configuration-response-streaming.html`;
const WRITING = `${LAMBDA}/config-rs-write-functions.html`;
const RESERVED = `${LAMBDA}/configuration-concurrency.html`;
const URL_CONFIGURATION = `${LAMBDA}/urls-configuration.html`;
const MONITORING = `${LAMBDA}/urls-monitoring.html`;
const RUNTIME = `${GITHUB}/aws/aws-lambda-nodejs-runtime-interface-client`;
const MB = 1024 * 1024;
const TOTAL_MB = 64;

/** Does what the query asks for, and tells the log. */
const STREAMER = `
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const drained = (stream) => new Promise((done) => stream.once('drain', done));
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const { do: what, who } = event.queryStringParameters ?? {};
  const log = (happened) => console.log(JSON.stringify({ who, happened, at: Date.now() }));
  if (what === 'plain') {
    stream.write('as it is');
    return void stream.end();
  }
  if (what === 'typed') stream.setContentType('text/plain');
  if (what === 'typed') return void stream.end('with a type');
  if (what === 'throw') throw new Error('no');
  const body = awslambda.HttpResponseStream.from(stream, {
    statusCode: 207,
    headers: { 'content-type': 'text/x-own', 'x-own': '1' },
    cookies: ['a=1', 'b=2'],
  });
  if (what === 'nothing') return void body.end();
  if (what === 'event') return void (body.write(JSON.stringify(event)), body.end());
  body.write('first;');
  log('wrote first');
  if (what === 'late-throw') {
    await sleep(50);
    throw new Error('no');
  }
  if (what === 'hang') await new Promise(() => {});
  if (what === 'open') return;
  if (what === 'much') {
    for (let n = 0; n < ${TOTAL_MB}; n += 1) if (!body.write(Buffer.alloc(${MB}))) await drained(body);
    log('wrote all');
  }
  if (what === 'slow') {
    for (let n = 0; n < 5; n += 1) {
      await sleep(100);
      body.write('next;');
    }
    log('wrote on');
  }
  body.end();
  log('returns');
});`;

const PLAIN = `exports.handler = awslambda.streamifyResponse(async (event, stream) => stream.end('in'));`;

let subject: Subject;

beforeAll(async () => {
  const parts = [
    makeFunctionUrl('Streamer'),
    makeFunctionUrl('Few'),
    makeFunctionUrl('NoUrl', ['InvokeFunction']),
    makeFunctionUrl('NoInvoke', ['InvokeFunctionUrl']),
  ];
  subject = await startSubject({
    functions: {
      Streamer: { code: STREAMER, timeout: 3 },
      Few: { code: STREAMER, timeout: 10, reservedConcurrency: 2 },
      NoUrl: { code: PLAIN },
      NoInvoke: { code: PLAIN },
    },
    unpermitted: ['Streamer', 'Few', 'NoUrl', 'NoInvoke'],
    http: {},
    events: {},
    resources: Object.assign({}, ...parts.map(({ resources }) => resources)),
    outputs: Object.assign({}, ...parts.map(({ outputs }) => outputs)),
  });
});
afterAll(() => subject?.close());

/** The id is the first part of the host name. */
function idOf(name: string): string {
  return /^https:\/\/([^.]+)\./.exec(subject.twin.outputs[`${name}Url`] ?? '')?.[1] ?? '';
}

const pathOf = (query: string, name = 'Streamer') => `/_aws/lambda-url/${idOf(name)}/${query}`;

async function open(query: string, name?: string): Promise<IncomingMessage> {
  const request = get(`${subject.twin.url}${pathOf(query, name)}`);
  const [response] = await once(request, 'response');
  return response;
}

async function bytesOf(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response) bytes += chunk.length;
  return bytes;
}

const happened = (who: string, what: string) =>
  until(`${what} by ${who}`, () =>
    subject.lines.find((line) => line.includes(`"who":"${who}"`) && line.includes(`"happened":"${what}"`)),
  );

rule(
  'A function URL leads every path and method to its one function, with an event of payload format 2.0 that has the URL’s host name.',
  { kind: 'documented', source: [INVOCATION] },
  async () => {
    const id = idOf('Streamer');
    const response = await subject.web(pathOf('a/b?do=event&x=1&x=2'), { method: 'PUT', body: 'text' });
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a/b',
      rawQueryString: 'do=event&x=1&x=2',
      queryStringParameters: { do: 'event', x: '1,2' },
      requestContext: {
        apiId: id,
        domainName: `${id}.lambda-url.us-east-1.on.aws`,
        domainPrefix: id,
        http: { method: 'PUT', path: '/a/b' },
        routeKey: '$default',
        stage: '$default',
      },
      body: 'text',
      isBase64Encoded: false,
    });
  },
);

rule(
  'A URL that is open to everybody takes two permissions, to invoke the URL and, through a URL, the function; without either the answer is 403.',
  { kind: 'documented', source: [AUTH] },
  async () => {
    for (const name of ['NoUrl', 'NoInvoke']) {
      const response = await subject.web(pathOf('', name));
      expect([response.status, await response.json()], name).toEqual([403, { Message: 'Forbidden' }]);
    }
  },
);

rule(
  'What a function streams reaches its client while the function still runs.',
  { kind: 'documented', source: [STREAMING] },
  async () => {
    const response = await open('?do=slow&who=piecewise');
    const [first] = await once(response, 'data');
    expect(String(first)).toBe('first;');
    expect(subject.lines.some((line) => line.includes('"who":"piecewise","happened":"returns"'))).toBe(false);
    expect(await bytesOf(response)).toBe(5 * 'next;'.length);
    await happened('piecewise', 'returns');
  },
);

rule(
  'HttpResponseStream.from gives a streamed answer its status, headers and cookies, which leave with the first write.',
  { kind: 'documented', source: [WRITING] },
  async () => {
    const response = await open('?do=slow&who=head');
    expect(response.statusCode).toBe(207);
    expect(response.headers['content-type']).toBe('text/x-own');
    expect(response.headers['x-own']).toBe('1');
    expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2']);
    await bytesOf(response);
  },
);

rule(
  'They travel ahead of the body as JSON and eight NUL bytes.',
  { kind: 'documented', source: [RUNTIME] },
  async () => {
    const Payload = JSON.stringify({ queryStringParameters: { do: 'slow', who: 'wire' } });
    const answer = await subject
      .lambda()
      .send(new InvokeCommand({ FunctionName: 'Relay-Streamer', Payload }));
    const [head = '', body, ...more] = JSON.parse(answer.Payload?.transformToString() ?? '').split(
      '\0'.repeat(8),
    );
    expect(JSON.parse(head)).toEqual({
      statusCode: 207,
      headers: { 'content-type': 'text/x-own', 'x-own': '1' },
      cookies: ['a=1', 'b=2'],
    });
    expect([body, ...more]).toEqual([`first;${'next;'.repeat(5)}`]);
  },
);

rule(
  'Without it the status is 200 and the type application/octet-stream, or what setContentType was given.',
  { kind: 'inferred', source: [RUNTIME, WRITING] },
  async () => {
    const plain = await subject.web(pathOf('?do=plain'));
    expect([plain.status, plain.headers.get('content-type'), await plain.text()]).toEqual([
      200,
      'application/octet-stream',
      'as it is',
    ]);
    const typed = await subject.web(pathOf('?do=typed'));
    expect([typed.headers.get('content-type'), await typed.text()]).toEqual(['text/plain', 'with a type']);
  },
);

rule(
  'A client that leaves does not end the function: it runs to its end, and what it writes is dropped.',
  { kind: 'documented', source: [STREAMING] },
  async () => {
    const response = await open('?do=slow&who=leaver');
    await once(response, 'data');
    response.destroy();
    await happened('leaver', 'wrote on');
    await happened('leaver', 'returns');
  },
);

rule(
  'A function that writes faster than its client reads is held back.',
  { kind: 'documented', source: [WRITING] },
  async () => {
    const response = await open('?do=much&who=fast');
    await happened('fast', 'wrote first');
    await new Promise((later) => setTimeout(later, 500));
    const begun = Date.now();
    expect(await bytesOf(response)).toBe(TOTAL_MB * MB + 'first;'.length);
    const line = JSON.parse(await happened('fast', 'wrote all'));
    expect(line.at).toBeGreaterThanOrEqual(begun);
  },
);

rule(
  'The function’s time-out ends a stream, which breaks off.',
  { kind: 'inferred', source: [STREAMING] },
  async () => {
    const response = await open('?do=hang&who=hanging');
    expect(response.statusCode).toBe(207);
    await expect(bytesOf(response)).rejects.toThrow('aborted');
    await subject.logged('Task timed out after 3.00 seconds');
  },
);

rule(
  'An invocation lasts until the handler’s promise is settled and its stream has ended; one that is never ended times out.',
  { kind: 'documented', source: [RUNTIME] },
  async () => {
    const from = subject.lines.length;
    const response = await open('?do=open&who=forgetful');
    await expect(bytesOf(response)).rejects.toThrow('aborted');
    await subject.logged('Task timed out after 3.00 seconds', from);
  },
);

rule(
  'A function that fails before its first byte is answered with 502, without a word about why.',
  { kind: 'inferred', source: [MONITORING] },
  async () => {
    const response = await subject.web(pathOf('?do=throw'));
    expect([response.status, await response.text()]).toEqual([502, 'Internal Server Error']);
  },
);

rule(
  'The answer of a function that fails later breaks off.',
  { kind: 'open', source: [RUNTIME], otherwise: 'it ends as if it were complete.' },
  async () => {
    const response = await open('?do=late-throw&who=late');
    expect(response.statusCode).toBe(207);
    await expect(bytesOf(response)).rejects.toThrow('aborted');
  },
);

rule(
  'A stream with status and headers that ends before anything was written has none of them: 502.',
  { kind: 'open', source: [RUNTIME], otherwise: 'an empty 200. Writing an empty text first avoids both.' },
  async () => {
    expect((await subject.web(pathOf('?do=nothing'))).status).toBe(502);
  },
);

rule(
  'A function with reserved concurrency runs as many invocations at once; its URL answers those beyond with 429, before any function runs.',
  { kind: 'documented', source: [RESERVED, URL_CONFIGURATION] },
  async () => {
    const two = await Promise.all(['one', 'other'].map((who) => open(`?do=slow&who=${who}`, 'Few')));
    const third = await subject.web(pathOf('?do=slow&who=third', 'Few'));
    expect(third.status).toBe(429);
    expect(await third.json()).toMatchObject({ Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' });
    const invoked = subject.lambda().send(new InvokeCommand({ FunctionName: 'Relay-Few', Payload: '{}' }));
    await expect(invoked).rejects.toBeInstanceOf(TooManyRequestsException);
    await Promise.all(two.map(bytesOf));
    const again = await until('room for one more', async () => {
      const response = await open('?do=slow&who=again', 'Few');
      const bytes = await bytesOf(response);
      return response.statusCode === 207 ? bytes : undefined;
    });
    expect(again).toBeGreaterThan(0);
    expect(subject.lines.some((line) => line.includes('"who":"third"'))).toBe(false);
  },
);

rule(
  'A client that has left still counts: its function runs on and holds its place.',
  { kind: 'documented', source: [STREAMING, `${LAMBDA_API}/API_PutFunctionConcurrency.html`] },
  async () => {
    const two = await Promise.all(['gone-1', 'gone-2'].map((who) => open(`?do=slow&who=${who}`, 'Few')));
    for (const response of two) response.destroy();
    expect((await subject.web(pathOf('?do=slow', 'Few'))).status).toBe(429);
    await Promise.all(['gone-1', 'gone-2'].map((who) => happened(who, 'returns')));
  },
);
