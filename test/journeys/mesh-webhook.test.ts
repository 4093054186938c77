/** What workers post of their jobs: who is let in, what is taken, and how the rest is refused (contract rows M1, M2, M4, X6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  type Body,
  completed,
  expectFields,
  failed,
  framesOf,
  line,
  logOf,
  MESH_WEBHOOK,
  newId,
  postBody,
  postJob,
  postJobs,
  postOne,
  signatureOf,
} from '../support/mesh-webhook.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { type Answer, acceptedIds, expectProblem } from '../support/webhook.ts';

let cloud: Cloud;
let secret: string;
beforeAll(async () => {
  cloud = await startCloud();
  secret = cloud.modalSecret ?? expect.unreachable('a cloud signs what it posts');
});
afterAll(() => cloud?.close());

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** Runs it; afterwards the next event of the job is the first of its log. */
async function leavesNoTrace(act: (job: string) => Promise<Answer>): Promise<Answer> {
  const job = newId('job');
  const answer = await act(job);
  const id = await postOne(cloud, line(job));
  expectNumbers(framesOf([id]), [1]);
  return answer;
}

describe('signed, it is accepted:', () => {
  test.each<[string, (job: string) => unknown]>([
    ['a job that completed', (job) => completed(job)],
    ['a job that failed', (job) => failed(job, { error: 'out of memory' })],
    ['a line of a log', (job) => line(job, { timestamp: '2026-11-21T12:00:00Z' })],
    ['progress', (job) => ({ event: 'job_progress', job_id: job, progress: 45, batch_id: newId('b') })],
    [
      'a batch',
      () => ({ event: 'batch_status', batch_id: newId('b'), status: 'processing', completed_jobs: 1 }),
    ],
    ['ids that are numbers', () => completed('1', { job_id: Date.now(), project_id: 7 })],
    ['fields beyond', (job) => completed(job, { cost: { usd: 1 }, id: 'mine', seq: 9, ids: {} })],
  ])('%s', async (_, body) => {
    await postOne(cloud, body(newId('job')));
  });

  needs('long-invocations', () => {
    test('a list of 1,000 lines, with ids in their order', async () => {
      const job = newId('job');
      const ids = await postJobs(cloud, {
        events: Array.from({ length: 1_000 }, (_, n) => line(job, { message: `line ${n}` })),
      });
      expect(new Set(ids.map(logOf)).size).toBe(1);
      expectNumbers(
        framesOf(ids),
        Array.from({ length: 1_000 }, (_, n) => n + 1),
      );
    }, 60_000);
  });

  test('a list of all kinds, each with the id of its own first room', async () => {
    const [job, project, batch] = [newId('job'), newId('p'), newId('b')];
    const ids = await postJobs(cloud, {
      events: [
        line(job, { project_id: project }),
        { event: 'job_progress', job_id: job, progress: 1, batch_id: batch },
        { event: 'batch_status', batch_id: batch, status: 'processing' },
        completed(job),
      ],
    });
    const [ofLine, ofProgress, ofBatch, ofEnd] = ids.map(logOf);
    expect([ofEnd, ofBatch]).toEqual([ofLine, ofProgress]);
    expect(ofLine).not.toBe(ofBatch);
  });

  test.each([
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
    ['text/plain'],
    ['application/octet-stream'],
    ['application/x-www-form-urlencoded'],
  ])('as %s, signed over its bytes', async (type) => {
    const body = bytes(JSON.stringify(line(newId('job'), { message: 'ü 東京 🚀' })));
    acceptedIds(await postBody(cloud, body, { headers: { 'content-type': type } }));
  });

  test('with the signature in capital letters', async () => {
    const body = JSON.stringify(line(newId('job')));
    const signature = `sha256=${signatureOf(body, secret).slice(7).toUpperCase()}`;
    acceptedIds(await postBody(cloud, body, { signature }));
  });

  test('with spaces and line breaks in the body, as they were signed', async () => {
    acceptedIds(await postBody(cloud, `\n${JSON.stringify(completed(newId('job')), null, 2)}\r\n`));
  });
});

const SIGNATURE = ['header X-Modal-Signature'];

describe('refused with 401, whatever the body:', () => {
  const wrong: [string, (body: string) => string | null][] = [
    ['no signature', () => null],
    ['an empty one', () => ''],
    ['a prefix alone', () => 'sha256='],
    ['the placeholder of the documentation', () => 'sha256=MOCKED_SIGNATURE_IF_SECRET_NOT_SET'],
    ['one that lacks its last digit', (body) => signatureOf(body, secret).slice(0, -1)],
    ['one that lacks its last byte', (body) => signatureOf(body, secret).slice(0, -2)],
    ['one with a digit too many', (body) => `${signatureOf(body, secret)}0`],
    ['one with a digit changed', (body) => flipped(signatureOf(body, secret))],
    ['no prefix', (body) => signatureOf(body, secret).slice(7)],
    ['another prefix', (body) => signatureOf(body, secret).replace('sha256', 'sha1')],
    ['the prefix in capital letters', (body) => signatureOf(body, secret).replace('sha', 'SHA')],
    ['a space behind the prefix', (body) => signatureOf(body, secret).replace('=', '= ')],
    ['64 characters that are no digits', () => `sha256=${'z'.repeat(64)}`],
    [
      'base64 in place of hexadecimal digits',
      (body) => `sha256=${Buffer.from(signatureOf(body, secret).slice(7), 'hex').toString('base64')}`,
    ],
    ['the right one twice', (body) => `${signatureOf(body, secret)}, ${signatureOf(body, secret)}`],
    ['one by another secret', (body) => signatureOf(body, `${secret}1`)],
    ['one of another body', (body) => signatureOf(`${body} `, secret)],
    ['the secret itself', () => secret],
  ];

  test.each(wrong)('%s', async (_, signature) => {
    const answer = await leavesNoTrace((job) => {
      const body = JSON.stringify(completed(job));
      return postBody(cloud, body, { signature: signature(body) });
    });
    expectFields(answer, 401, SIGNATURE);
  });

  test('the signature in the place of the token of live events', async () => {
    const answer = await leavesNoTrace((job) => {
      const body = JSON.stringify(completed(job));
      return postBody(cloud, body, {
        signature: null,
        headers: { 'x-relay-token': signatureOf(body, secret) },
      });
    });
    expectFields(answer, 401, SIGNATURE);
  });

  test.each(['application/json', 'application/octet-stream'])(
    'a body changed by one byte, as %s',
    async (type) => {
      const answer = await leavesNoTrace((job) => {
        const body = JSON.stringify(completed(job));
        const changed = bytes(body);
        changed[body.indexOf('true')] = 'T'.charCodeAt(0);
        return postBody(cloud, changed, {
          signature: signatureOf(body, secret),
          headers: { 'content-type': type },
        });
      });
      expectFields(answer, 401, SIGNATURE);
    },
  );

  test.each<[string, Body]>([
    ['no JSON', 'job_id=1'],
    ['an unknown status', '{"job_id":"j","status":"done"}'],
    ['nothing', ''],
  ])('a body that is %s is not looked at first', async (_, body) => {
    expectFields(await postBody(cloud, body, { signature: null }), 401, SIGNATURE);
  });
});

describe('signed and refused with 400:', () => {
  test.each<[string, (job: string) => unknown, readonly string[]]>([
    ['an unknown status', (job) => ({ job_id: job, status: 'done' }), ['status']],
    ['no status', (job) => ({ job_id: job }), ['status']],
    ['no job', () => ({ status: 'failed' }), ['job_id']],
    ['a job’s name with a slash', (job) => failed(`${job}/..`), ['job_id']],
    ['no result of a completed job', (job) => ({ job_id: job, status: 'completed' }), ['result']],
    ['a result that says no success', (job) => completed(job, { result: {} }), ['result.success']],
    ['wrong types', (job) => failed(job, { error: 5, project_id: {} }), ['error', 'project_id']],
    ['an unknown event', (job) => line(job, { event: 'log' }), ['event']],
    [
      'progress that is no number',
      (job) => line(job, { event: 'job_progress', progress: '5' }),
      ['progress'],
    ],
    ['an empty list', () => ({ events: [] }), ['events']],
    ['a list of 1,001', (job) => ({ events: Array.from({ length: 1_001 }, () => line(job)) }), ['events']],
    [
      'a list with one that is wrong',
      (job) => ({ events: [line(job), failed(job, { status: '' }), line(job)] }),
      ['events[1].status'],
    ],
    ['a list beside other fields', (job) => ({ events: [line(job)], job_id: job }), ['job_id']],
    ['null', () => null, ['body']],
    ['a list without its object', (job) => [line(job)], ['body']],
  ])('%s', async (_, body, fields) => {
    expectFields(await leavesNoTrace((job) => postJob(cloud, body(job))), 400, fields);
  });

  test.each<[string, Body]>([
    ['nothing', ''],
    ['text that is no JSON', 'job_id=1'],
    ['10,000 brackets', '['.repeat(10_000) + ']'.repeat(10_000)],
  ])('%s', async (_, body) => {
    expectFields(await postBody(cloud, body), 400, ['body']);
  });

  test('bytes that are no text', async () => {
    const headers = { 'content-type': 'application/octet-stream' };
    const junk = new Uint8Array([0xff, 0xfe, 0x00, 0x80]);
    expectFields(await postBody(cloud, junk, { headers }), 400, ['body']);
  });

  test.each(['?project_id=', '?project_id=a%2Fb', '?project_id=a%2Cb'])('the query %s', async (query) => {
    const act = (job: string) => postJob(cloud, line(job), { path: MESH_WEBHOOK + query });
    expectFields(await leavesNoTrace(act), 400, ['query project_id']);
  });

  test('a name of the POST that is too long', async () => {
    const headers = { 'idempotency-key': 'x'.repeat(1_025) };
    const answer = await leavesNoTrace((job) => postJob(cloud, line(job), { headers }));
    expectFields(answer, 400, ['header idempotency-key']);
  });
});

describe('sizes', () => {
  const padded = (size: number) => JSON.stringify(line(newId('job'))).padEnd(size, ' ');

  test('a POST of 1,048,576 bytes is accepted', async () => {
    acceptedIds(await postBody(cloud, padded(1_048_576)));
  });

  test.each(['application/json', 'application/octet-stream'])(
    'a POST of one byte more is refused with 413, as %s',
    async (type) => {
      const headers = { 'content-type': type };
      expectFields(await postBody(cloud, bytes(padded(1_048_577)), { headers }), 413, ['body']);
    },
  );

  test('an event of 102,400 bytes and more is refused with 413, in a list by its index', async () => {
    const large = { message: 'x'.repeat(102_400) };
    const answer = await leavesNoTrace((job) =>
      postJob(cloud, { events: [line(job), line(job), line(job, large), line(job)] }),
    );
    expectFields(answer, 413, ['events[2]']);
  });
});

describe('addresses and methods', () => {
  test.each([`${MESH_WEBHOOK}/`, '/api/webhooks', '/api/webhooks/Modal'])('%s is a 404', async (path) => {
    expectProblem(await postJob(cloud, {}, { path }), 404);
  });

  test.each(['PUT', 'DELETE'])('%s is a 405', async (method) => {
    const answer = await postJob(cloud, {}, { method });
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});

needs('settings', () => {
  test('two secrets are valid at once while one takes the place of the other', async () => {
    const list = '["new-modal-secret","old-modal-secret"]';
    const rotating = await startCloud({ environment: { MODAL_WEBHOOK_SECRET: list } });
    try {
      const body = JSON.stringify(line(newId('job')));
      const post = (by: string) => postBody(rotating, body, { signature: signatureOf(body, by) });
      for (const by of ['new-modal-secret', 'old-modal-secret']) acceptedIds(await post(by));
      for (const by of ['older-modal-secret', list, '', secret]) expectFields(await post(by), 401, SIGNATURE);
    } finally {
      await rotating.close();
    }
  });
});

/** Another last digit. */
function flipped(signature: string): string {
  return signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0');
}
