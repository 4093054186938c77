/** What is refused, how it is said, and that nothing of it has any effect (contract rows L2 to L4, X6). */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openStream, SocketClient } from '../support/socket-client.ts';
import {
  type Answer,
  acceptedIds,
  expectNoInternals,
  expectProblem,
  newTenant,
  progress,
  publish,
  publishOne,
  send,
  sendRaw,
  WEBHOOK,
} from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

/** Runs it beside a connected client; afterwards the next event is the client's first and the log's first. */
async function leavesNoTrace(act: (tenant: string) => Promise<Answer>): Promise<Answer> {
  const tenant = newTenant();
  const client = await openStream(cloud, tenant);
  const answer = await act(tenant);
  const id = await publishOne(cloud, progress(tenant));
  const [frame] = await client.frames(1);
  expect(frame).toMatchObject({ id, job_id: 'job-1' });
  expectNumbers([frame], [1]);
  expect(client.texts).toHaveLength(1);
  await client.close();
  return answer;
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('bodies that are no events', () => {
  test.each<[string, (tenant: string) => string | Uint8Array<ArrayBuffer> | undefined]>([
    ['nothing', () => undefined],
    ['an empty text', () => ''],
    ['text that is no JSON', (t) => `type=progress&tenant=${t}`],
    ['half of a JSON text', (t) => JSON.stringify(progress(t)).slice(0, -1)],
    ['two JSON texts', (t) => JSON.stringify(progress(t)).repeat(2)],
    ['null', () => 'null'],
    ['a number', () => '5'],
    ['a string', (t) => JSON.stringify(JSON.stringify(progress(t)))],
    ['a list of junk', () => '[null, 1, "x", true, [], {}]'],
    ['a list with one that is junk', (t) => JSON.stringify([progress(t), null])],
    ['a list in a list', (t) => JSON.stringify([[progress(t)]])],
    ['a list 10,000 deep', () => nested(10_000)],
    [
      'an event with a field 10,000 deep',
      (t) => JSON.stringify(progress(t)).replace('}', `,"x":${nested(10_000)}}`),
    ],
    ['objects 10,000 deep', (t) => `{"tenant":"${t}","x":${'{"x":'.repeat(10_000)}1${'}'.repeat(10_001)}`],
    ['bytes that are no text', () => new Uint8Array([0xff, 0xfe, 0x00, 0x80, 0xc3])],
    ['a compressed event', (t) => new Uint8Array(gzipSync(JSON.stringify(progress(t))))],
    ['an event in base64', (t) => Buffer.from(JSON.stringify(progress(t))).toString('base64')],
    [
      'wrong types throughout',
      () => JSON.stringify({ type: 1, tenant: {}, job_id: [], artifacts: [[]], node_id: true }),
    ],
    ['a tenant with control characters', (t) => JSON.stringify(progress(`${t}\u0007\n`))],
    ['a tenant of 10 KB', (t) => JSON.stringify(progress(t + 'x'.repeat(10_240)))],
    ['a tenant by prototype alone', (t) => `{"type":"status","job_id":"j","__proto__":{"tenant":"${t}"}}`],
  ])('%s: 400, and nothing of it is logged or sent', async (_, body) => {
    expectProblem(await leavesNoTrace((tenant) => sendRaw(cloud, body(tenant))), 400);
  });

  test('the same bytes as another content type are refused as well', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const junk = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    expectProblem(await leavesNoTrace(() => sendRaw(cloud, junk, { headers })), 400);
  });

  test('a broken character in a field is refused where the platform passes bytes on', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const broken = (tenant: string) => {
      const body = bytes(JSON.stringify(progress(tenant, { note: 'X' })));
      body[body.lastIndexOf(0x58)] = 0xff;
      return body;
    };
    expectProblem(await leavesNoTrace((tenant) => sendRaw(cloud, broken(tenant), { headers })), 400);
  });
});

describe('bodies that are events, however they come', () => {
  const event = (tenant: string) => progress(tenant, { note: 'ü 東京 🚀' });

  test.each([
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
    ['text/plain'],
    ['application/octet-stream'],
    ['application/x-www-form-urlencoded'],
  ])('as %s', async (type) => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const body = bytes(JSON.stringify(event(tenant)));
    acceptedIds(await sendRaw(cloud, body, { headers: { 'content-type': type } }));
    expect((await client.frames(1))[0]).toMatchObject(event(tenant));
    await client.close();
  });

  test('__proto__ keys are accepted, dropped and without effect', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const poison = '"__proto__":{"polluted":"yes","node_id":"p"}';
    acceptedIds(
      await sendRaw(
        cloud,
        `{"type":"status","tenant":"${tenant}","job_id":"j",${poison},"deep":{${poison},"keep":[{${poison},"k":1}]}}`,
      ),
    );
    await publishOne(cloud, progress(tenant));
    const [frame, next] = await client.frames(2);
    expect(client.texts.join()).not.toMatch(/__proto__|polluted/);
    expect(frame).toMatchObject({ job_id: 'j', deep: { keep: [{ k: 1 }] } });
    expect(frame).not.toHaveProperty('node_id');
    expect(next).not.toHaveProperty('polluted');
    await client.close();
  });
});

describe('sizes', () => {
  const padding = (unit: string, count: number) => ({ note: unit.repeat(count) });

  test.each([
    ['102,000 plain bytes', 'x', 102_000],
    ['51,000 characters of two bytes', 'é', 51_000],
  ])('an event with %s is accepted', async (_, unit, count) => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    await publishOne(cloud, progress(tenant, padding(unit, count)));
    expect((await client.frames(1))[0]).toMatchObject(padding(unit, count));
    await client.close();
  });

  test('escapes count as the characters that they are', async () => {
    const tenant = newTenant();
    const body = JSON.stringify(progress(tenant, padding('é', 40_000))).replaceAll('é', '\\u00e9');
    expect(body.length).toBeGreaterThan(240_000);
    acceptedIds(await sendRaw(cloud, body));
  });

  test.each([
    ['102,400 bytes and its other fields', 'x', 102_400],
    ['51,200 characters of two bytes', 'é', 51_200],
  ])('an event with %s is refused with 413', async (_, unit, count) => {
    expectProblem(await leavesNoTrace((tenant) => send(cloud, progress(tenant, padding(unit, count)))), 413);
  });

  test('in a list the one that is too big is named by its index', async () => {
    const answer = await leavesNoTrace((tenant) =>
      send(cloud, [
        progress(tenant),
        progress(tenant),
        progress(tenant, padding('x', 102_400)),
        progress(tenant),
      ]),
    );
    const problem = expectProblem(answer, 413);
    expect(problem.detail + JSON.stringify(problem.errors)).toMatch(/\b2\b/);
  });

  const body = (tenant: string, size: number) => JSON.stringify(progress(tenant)).padEnd(size, ' ');

  test('a POST of 1,048,576 bytes is accepted', async () => {
    acceptedIds(await sendRaw(cloud, body(newTenant(), 1_048_576)));
  });

  test('a POST of one byte more is refused with 413', async () => {
    expectProblem(await leavesNoTrace((tenant) => sendRaw(cloud, body(tenant, 1_048_577))), 413);
  });

  test('ten events of 100,000 bytes in one POST all arrive', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const list = Array.from({ length: 10 }, (_, n) => progress(tenant, { n, ...padding('x', 100_000) }));
    const ids = await publish(cloud, list);
    expect((await client.frames(10)).map(({ id }) => id)).toEqual(ids);
    await client.close();
  });
});

describe('addresses and methods', () => {
  test.each([
    '/',
    '/webhook',
    '/webhook/modal/',
    '/webhook/modal/x',
    '/Webhook/Modal',
    '/..%2f',
    '/%00',
    '/a?b=<script>',
  ])('%s is answered with 404', async (path) => {
    expectProblem(await leavesNoTrace((tenant) => send(cloud, progress(tenant), { path })), 404);
  });

  async function expectNotAllowed(method: string): Promise<void> {
    const answer = await leavesNoTrace((tenant) =>
      sendRaw(cloud, method === 'GET' ? undefined : JSON.stringify(progress(tenant)), { method }),
    );
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')?.split(/,\s*/)).toContain('POST');
  }

  test.each(['GET', 'PUT', 'PATCH', 'DELETE'])('%s of the webhook is answered with 405', expectNotAllowed);

  needs('options-method', () => {
    test('OPTIONS of the webhook is answered with 405', () => expectNotAllowed('OPTIONS'));
  });

  test('HEAD of the webhook is answered with 405 and no body', async () => {
    const answer = await sendRaw(cloud, undefined, { method: 'HEAD' });
    expect([answer.status, answer.text]).toEqual([405, '']);
    expect(answer.headers.get('allow')).toContain('POST');
  });

  test('a query at the webhook does not matter', async () => {
    await publishOne(cloud, progress(newTenant()), { path: `${WEBHOOK}?source=modal` });
  });

  test('each answer has a request id of its own', async () => {
    const answers = await Promise.all([1, 2].map(() => send(cloud, {})));
    const ids = answers.map((answer) => expectProblem(answer, 400).request_id);
    expect(new Set(ids).size).toBe(2);
  });
});

const badQueries = [
  ['no query', ''],
  ['no tenant', '?name=a'],
  ['an empty tenant', '?tenant='],
  ['a tenant with a space', '?tenant=a%20b'],
  ['a tenant with a plus for a space', '?tenant=a+b'],
  ['a control character', '?tenant=a%00'],
  ['129 characters', `?tenant=${'x'.repeat(129)}`],
  ['2 KB', `?tenant=${'x'.repeat(2_048)}`],
  ['two tenants', '?tenant=a&tenant=b'],
  ['the same tenant twice', '?tenant=a&tenant=a'],
  ['another case', '?Tenant=a'],
];

describe('handshakes', () => {
  test.each(badQueries)('%s is refused', async (_, query) => {
    const { body } = await new SocketClient(cloud.socketUrl(`/stream${query}`)).refused();
    expectNoInternals(body);
  });

  needs('refusal-status', () => {
    test.each(badQueries)('%s is refused with 400', async (_, query) => {
      const { status, body } = await new SocketClient(cloud.socketUrl(`/stream${query}`)).refused();
      expect(status, body).toBe(400);
    });
  });

  test.each(['/', '/streams?tenant=a', '/stream/x?tenant=a', '/webhook/modal?tenant=a'])(
    'no stream is opened at %s',
    async (path) => {
      const { status } = await new SocketClient(cloud.socketUrl(path)).refused();
      expect([400, 403, 404, 405]).toContain(status);
    },
  );
});

needs('client-bearer', () => {
  describe('handshakes where a bearer is required', () => {
    let guarded: Cloud;
    let bearer: string;
    beforeAll(async () => {
      guarded = await startCloud({ guarded: true });
      bearer = guarded.clientBearer ?? expect.unreachable('a guarded cloud has a bearer');
    });
    afterAll(() => guarded?.close());

    const badBearers: [string, (right: string) => string | undefined][] = [
      ['no bearer', () => undefined],
      ['a wrong bearer', (right) => `Bearer ${right.slice(0, -1)}~`],
      ['a longer bearer', (right) => `Bearer ${right}1`],
      ['an empty bearer', () => 'Bearer '],
      ['another scheme', (right) => `Basic ${right}`],
      ['the webhook’s token', () => `Bearer ${guarded.webhookToken}`],
    ];
    const tryToOpen = (authorization: string | undefined) =>
      new SocketClient(
        guarded.socketUrl(`/stream?tenant=${newTenant()}`),
        authorization === undefined ? {} : { authorization },
      ).refused();

    test.each(badBearers)('%s is refused', async (_, authorization) => {
      expectNoInternals((await tryToOpen(authorization(bearer))).body);
    });

    test('the right bearer opens, and whoever was refused gets nothing', async () => {
      const tenant = newTenant();
      const refused = new SocketClient(guarded.socketUrl(`/stream?tenant=${tenant}`));
      await refused.refused();
      const client = await openStream(guarded, tenant, { authorization: `Bearer ${bearer}` });
      await publishOne(guarded, progress(tenant));
      expect(await client.frames(1)).toHaveLength(1);
      expect(refused.texts).toEqual([]);
      await client.close();
    });

    needs('refusal-status', () => {
      test.each(badBearers)('%s is refused with 401', async (_, authorization) => {
        const { status, body } = await tryToOpen(authorization(bearer));
        expect(status, body).toBe(401);
      });

      test.each(badQueries)('%s and no bearer is refused with 400', async (_, query) => {
        const { status } = await new SocketClient(guarded.socketUrl(`/stream${query}`)).refused();
        expect(status).toBe(400);
      });
    });
  });
});
