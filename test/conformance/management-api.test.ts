/**
 * `@connections`: how a function posts to a connection, asks after it and ends it, with the errors as the SDK's own client
 * sees them.
 */

import { once } from 'node:events';
import {
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { afterAll, beforeAll, expect } from 'vitest';
import { AWS_LIMITS } from '../../local/gateway/throttle.ts';
import { readStack } from '../../local/stack/stack.ts';
import { SOCKET_FUNCTIONS, SOCKET_ROUTES } from './functions.ts';
import { rule } from './rule.ts';
import { APIGW, GITHUB, NPM, REPOST } from './sources.ts';
import { closing, nextText, type Subject, startSubject } from './subject.ts';

const CONNECTIONS = `${APIGW}/apigateway-how-to-call-websocket-api-connections.html`;
const SDK = `${NPM}/@aws-sdk/client-apigatewaymanagementapi`;
const LIMITS = `${APIGW}/apigateway-execution-service-websocket-limits-table.html`;
const GONE = `${REPOST}/knowledge-center/410-gone-api-gateway`;
const KB = 1024;

const OTHER_API = {
  OtherApi: {
    Type: 'AWS::ApiGatewayV2::Api',
    Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '\\$default' },
  },
  OtherStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'OtherApi' }, StageName: 'other' },
  },
};

let subject: Subject;

beforeAll(async () => {
  subject = await startSubject(
    { functions: SOCKET_FUNCTIONS, http: {}, events: SOCKET_ROUTES, resources: OTHER_API },
    { limits: { clientBufferBytes: 256 * KB } },
  );
});
afterAll(() => subject?.close());

/** The error of a call that must fail; a `maxAttempts` of 1 keeps the SDK from trying again. */
async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable('the call was expected to fail'),
    (error: unknown) => error,
  );
}

rule(
  'POST sends its body to the one connection that the path names; GET tells when it connected, when it was last active and ' +
    'who it is; DELETE ends it.',
  { kind: 'documented', source: [CONNECTIONS, SDK] },
  async () => {
    const socket = await subject.connect('?who=managed', [], { headers: { 'User-Agent': 'tool/1' } });
    const ConnectionId = subject.connectionId('managed');
    const management = subject.management();
    const arrived = nextText(socket);
    subject.clock.advance(1000);
    const sent = await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'hello' }));
    expect(sent.$metadata.httpStatusCode).toBe(200);
    expect(await arrived).toBe('hello');
    expect(await management.send(new GetConnectionCommand({ ConnectionId }))).toMatchObject({
      ConnectedAt: new Date(subject.clock.now() - 1000),
      LastActiveAt: new Date(subject.clock.now()),
      Identity: { SourceIp: '127.0.0.1', UserAgent: 'tool/1' },
    });
    const closed = once(socket, 'close');
    const deleted = await management.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(deleted.$metadata.httpStatusCode).toBe(204);
    await closed;
  },
);

rule(
  'All three are 410 GoneException for a connection that has ended.',
  { kind: 'documented', source: [SDK, GONE] },
  async () => {
    const socket = await subject.connect('?who=ended');
    const ConnectionId = subject.connectionId('ended');
    socket.terminate();
    await subject.logged(`"left":"${ConnectionId}"`);
    const management = subject.management();
    const calls = [
      () => management.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
      () => management.send(new GetConnectionCommand({ ConnectionId })),
      () => management.send(new DeleteConnectionCommand({ ConnectionId })),
    ];
    for (const call of calls) {
      const error = await failure(call());
      expect(error).toBeInstanceOf(GoneException);
      expect(error).toMatchObject({ $metadata: { httpStatusCode: 410 } });
    }
  },
);

rule(
  'A connection id that never existed is 410 too.',
  {
    kind: 'open',
    source: [GONE, `${GITHUB}/awsdocs/amazon-api-gateway-developer-guide/issues/27`],
    otherwise: 'it is 403, as a user saw in 2019. AWS lists "connection id is not valid" under 410.',
  },
  async () => {
    const call = subject.management().send(new GetConnectionCommand({ ConnectionId: 'R1kmxc2VNjMCFIA=' }));
    expect(await failure(call)).toBeInstanceOf(GoneException);
  },
);

rule(
  'A wrong API or a wrong stage is 403 ForbiddenException.',
  {
    kind: 'reported',
    source: [
      'https://csdcorp.com/blog/coding/aws-websocket-403-using-posttoconnect/',
      `${GITHUB}/awsdocs/amazon-api-gateway-developer-guide/issues/27`,
    ],
  },
  async () => {
    const socket = await subject.connect('?who=elsewhere');
    const post = new PostToConnectionCommand({ ConnectionId: subject.connectionId('elsewhere'), Data: 'x' });
    for (const management of [subject.management('test'), subject.management('live', 'abcdefghij')]) {
      const error = await failure(management.send(post));
      expect(error).toBeInstanceOf(ForbiddenException);
      expect(error).toMatchObject({ $metadata: { httpStatusCode: 403 } });
    }
    socket.close();
  },
);

rule(
  'A connection belongs to one API and stage: through those of another API it is 410.',
  { kind: 'inferred', source: [CONNECTIONS] },
  async () => {
    const socket = await subject.connect('?who=owned');
    const get = new GetConnectionCommand({ ConnectionId: subject.connectionId('owned') });
    const other = readStack(subject.folder).apis.find(({ stages }) => stages.includes('other'));
    expect(await failure(subject.management('other', other?.id).send(get))).toBeInstanceOf(GoneException);
    socket.close();
  },
);

rule(
  'A connection id is base64 and ends in "=", so it is URL-encoded in the path; the "@" may be encoded as well.',
  { kind: 'documented', source: [CONNECTIONS] },
  async () => {
    const socket = await subject.connect('?who=encoded');
    const id = subject.connectionId('encoded');
    expect(id).toMatch(/^[\w-]{15}=$/);
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    const management = subject.management();
    const requests: string[] = [];
    management.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { path: string };
        if (heard.length > 0) request.path = request.path.replace('@', '%40').replace('%3D', '=');
        requests.push(request.path);
        return next(args);
      },
      { step: 'build' },
    );
    await management.send(new PostToConnectionCommand({ ConnectionId: id, Data: '1' }));
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['1']);
    await management.send(new PostToConnectionCommand({ ConnectionId: id, Data: '2' }));
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['1', '2']);
    expect(requests.map((path) => path.slice(path.indexOf('live')))).toEqual([
      `live/@connections/${id.replace('=', '%3D')}`,
      `live/%40connections/${id}`,
    ]);
    socket.close();
  },
);

rule(
  'A post may have 128 KB; a longer one is 413 PayloadTooLargeException.',
  { kind: 'documented', source: [LIMITS, SDK] },
  async () => {
    const socket = await subject.connect('?who=large');
    const ConnectionId = subject.connectionId('large');
    const management = subject.management();
    const arrived = nextText(socket);
    const Data = 'ä'.repeat(64 * KB);
    await management.send(new PostToConnectionCommand({ ConnectionId, Data }));
    expect(await arrived).toBe(Data);
    const error = await failure(
      management.send(new PostToConnectionCommand({ ConnectionId, Data: `${Data}x` })),
    );
    expect(error).toBeInstanceOf(PayloadTooLargeException);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 413 } });
    socket.close();
  },
);

rule(
  'A post of more than 32 KB arrives whole, as one message.',
  {
    kind: 'open',
    source: [LIMITS],
    otherwise:
      'such a post fails: a footnote says that the rule of 32 KB applies to @connections too, and not how.',
  },
  async () => {
    const socket = await subject.connect('?who=framed');
    const arrived = nextText(socket);
    const Data = 'x'.repeat(80 * KB);
    const post = new PostToConnectionCommand({ ConnectionId: subject.connectionId('framed'), Data });
    await subject.management().send(post);
    expect(await arrived).toBe(Data);
    socket.close();
  },
);

rule(
  'A client that does not read fills its buffer at API Gateway, and posts to it are 429 LimitExceededException until it reads.',
  { kind: 'documented', source: [SDK] },
  async () => {
    const socket = await subject.connect('?who=slow');
    const ConnectionId = subject.connectionId('slow');
    const management = subject.management();
    let heard = 0;
    socket.on('message', () => {
      heard += 1;
    });
    socket.pause();
    const Data = 'x'.repeat(128 * KB);
    let posted = 0;
    let error: unknown;
    while (error === undefined && posted < 1000) {
      error = await management.send(new PostToConnectionCommand({ ConnectionId, Data })).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) posted += 1;
    }
    expect(error).toBeInstanceOf(LimitExceededException);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 429 } });
    socket.resume();
    await expect.poll(() => heard, { timeout: 20_000 }).toBe(posted);
    await management.send(new PostToConnectionCommand({ ConnectionId, Data: 'again' }));
    socket.terminate();
  },
);

rule(
  'The buffer of a client holds 1 MB.',
  {
    kind: 'open',
    source: [SDK],
    otherwise:
      'another size: the SDK speaks of the buffer, and no page of how large it is. It is an option of the twin.',
  },
  async () => {
    expect(AWS_LIMITS.clientBufferBytes).toBe(1024 * KB);
  },
);

rule('Deleting a connection twice is 410 the second time.', { kind: 'inferred', source: [SDK] }, async () => {
  const socket = await subject.connect('?who=twice');
  const closed = closing(socket);
  const command = new DeleteConnectionCommand({ ConnectionId: subject.connectionId('twice') });
  await subject.management().send(command);
  expect(await failure(subject.management().send(command))).toBeInstanceOf(GoneException);
  await closed;
});
