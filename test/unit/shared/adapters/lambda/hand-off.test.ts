/** One signed POST, repeated where a repeat may help. The twin holds its signature and its permission to AWS's rules. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type HandOff, openHandOff } from '../../../../../shared/adapters/lambda/hand-off.ts';

interface Taken {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let handOff: HandOff;
let taken: Taken[];
/** What the next calls are answered with; `broken` is no answer. Then 202. */
let answers: (number | 'broken')[];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    taken.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    const answer = answers.shift() ?? 202;
    if (answer === 'broken') request.socket.destroy();
    else response.writeHead(answer).end(answer === 202 ? '' : '{"Message":"no"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  handOff = openHandOff({
    functionName: 'Relay-Start',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'session' }),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  taken = [];
  answers = [];
});

test('an event goes to the function, asynchronously and signed', async () => {
  await handOff({ start: { connection: 'c1' } });
  expect(taken).toMatchObject([
    {
      path: '/2015-03-31/functions/Relay-Start/invocations',
      body: '{"start":{"connection":"c1"}}',
      headers: {
        'x-amz-invocation-type': 'Event',
        'x-amz-security-token': 'session',
        'content-type': 'application/json',
        authorization: expect.stringContaining(
          'Credential=AKID/20260102/eu-central-1/lambda/aws4_request, ' +
            'SignedHeaders=content-type;host;x-amz-date;x-amz-invocation-type;x-amz-security-token, ',
        ),
      },
    },
  ]);
});

test.each([[[500]], [[429]], [['broken']], [[503, 'broken']]] as (number | 'broken')[][][])(
  'what may pass is repeated: %j',
  async (failures) => {
    answers = [...failures];
    await handOff({});
    expect(taken).toHaveLength(failures.length + 1);
  },
);

test('what fails three times is told', async () => {
  answers = [500, 429, 503];
  await expect(handOff({})).rejects.toThrow('Lambda answered a hand-off with 503: {"Message":"no"}');
  expect(taken).toHaveLength(3);
});

test.each([400, 403, 404])('what a repeat cannot change is told at once: %i', async (status) => {
  answers = [status];
  await expect(handOff({})).rejects.toThrow(`with ${status}`);
  expect(taken).toHaveLength(1);
});
