/** Live events end to end: what senders may send, who gets it, and in which form (contract rows L1 to L5, X4). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openAt, openStream } from '../support/socket-client.ts';
import { expectProblem, newTenant, progress, publishOne, send, sendRaw } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const swapCase = (letter: string) =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();

describe('L1: the sender shows the webhook token', () => {
  test('an accepted event is answered with its id, and the client gets it under that id', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const id = await publishOne(cloud, progress(tenant));
    const [frame] = await client.frames(1);
    expect(frame).toMatchObject({ id, tenant, type: 'progress', job_id: 'job-1' });
    expectNumbers([frame], [1]);
    await client.close();
  });

  test.each<[string, (right: string) => string | null]>([
    ['missing', () => null],
    ['wrong', () => 'not-the-secret'],
    ['empty', () => ''],
    ['a prefix', (right) => right.slice(0, -1)],
    ['longer', (right) => `${right}2`],
    ['of other case', (right) => right.replace(/[a-z]/i, swapCase)],
  ])('a token that is %s is answered with 401 and sends nothing', async (_, token) => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    expectProblem(await send(cloud, progress(tenant), { token: token(cloud.webhookToken) }), 401);
    const id = await publishOne(cloud, progress(tenant));
    const frames = await client.frames(1);
    expect(frames[0]?.id).toBe(id);
    expectNumbers(frames, [1]);
    await client.close();
  });

  test('the token is judged before the body', async () => {
    expectProblem(await sendRaw(cloud, '{', { token: 'wrong' }), 401);
  });
});

describe('L2: the body', () => {
  test.each(['status', 'progress', 'job_completed'])(
    '%s with every optional field arrives as sent',
    async (type) => {
      const tenant = newTenant();
      const client = await openStream(cloud, tenant);
      const event = {
        ...progress(tenant, {
          type,
          progress_percent: 37.5,
          current_step: 3,
          total_steps: 10,
          node_id: 'n-7',
        }),
        artifacts: [{ url: 'https://example.com/a.png', filename: 'a.png' }, { url: 's3://b/c' }],
      };
      await publishOne(cloud, event);
      expect((await client.frames(1))[0]).toMatchObject(event);
      await client.close();
    },
  );

  test.each([
    ['a tenant of 128 characters', { tenant: `${newTenant()}${'x'.repeat(128)}`.slice(0, 128) }],
    ['a tenant of punctuation', { tenant: `a#b/c?d&e%20=+"'\\<>${newTenant()}` }],
    ['a tenant beyond ASCII', { tenant: `büro-東京-🚀-${newTenant()}` }],
    ['a job_id of 1,024 code points', { job_id: '🚀'.repeat(1_024) }],
    ['a job_id with spaces', { job_id: ' a job \n' }],
    ['a node_id that is a number', { node_id: 42 }],
    ['numbers below zero and zero', { progress_percent: -1.5, current_step: 0, total_steps: 0 }],
    ['no artifacts in the list', { artifacts: [] }],
  ])('%s is accepted', async (_, fields: Record<string, unknown>) => {
    const event = progress(newTenant(), fields);
    const client = await openStream(cloud, String(event.tenant));
    await publishOne(cloud, event);
    expect((await client.frames(1))[0]).toMatchObject(event);
    await client.close();
  });

  test('every field that is wrong is named at once', async () => {
    const answer = await send(cloud, {
      type: 'done',
      tenant: 'a b',
      job_id: 7,
      progress_percent: '37',
      current_step: null,
      total_steps: [10],
      node_id: {},
      artifacts: [{ filename: 'no url' }, { url: 'u', filename: 5 }],
    });
    const fields = expectProblem(answer, 400).errors.map(({ field }) => field);
    for (const field of [
      'type',
      'tenant',
      'job_id',
      'progress_percent',
      'current_step',
      'total_steps',
      'node_id',
    ])
      expect(fields).toContain(field);
    expect(
      fields.some((field) => /^artifacts\b.*0.*url$/.test(field)),
      String(fields),
    ).toBe(true);
    expect(
      fields.some((field) => /^artifacts\b.*1.*filename$/.test(field)),
      String(fields),
    ).toBe(true);
  });

  test.each(['type', 'tenant', 'job_id'])('%s is required', async (field) => {
    const { [field]: _, ...rest } = progress(newTenant());
    const { errors } = expectProblem(await send(cloud, rest), 400);
    expect(errors.map((error) => error.field)).toEqual([field]);
  });

  test.each([
    ['tenant', ''],
    ['tenant', 'x'.repeat(129)],
    ['tenant', 'a b'],
    ['tenant', 'a\u00a0b'],
    ['tenant', 'a\u2028b'],
    ['tenant', 'a\u007fb'],
    ['tenant', 'a\u0000'],
    ['tenant', 'a\ud800'],
    ['tenant', 5],
    ['job_id', ''],
    ['job_id', 'j'.repeat(1_025)],
    ['job_id', 5],
    ['artifacts', {}],
    ['artifacts', 'a.png'],
  ])('%s of %j is refused by name', async (field, value) => {
    const { errors } = expectProblem(await send(cloud, progress(newTenant(), { [field]: value })), 400);
    expect(errors.map((error) => error.field)).toEqual([field]);
  });

  test('a number too big to be one is refused', async () => {
    const body = JSON.stringify(progress(newTenant(), { progress_percent: 0 })).replace(':0}', ':1e999}');
    expect(body).toContain('1e999');
    expect(expectProblem(await sendRaw(cloud, body), 400).errors).toHaveLength(1);
  });
});

describe('L3 and X4: a stream is one tenant', () => {
  test('every client of a tenant gets its events in order, and no other tenant’s', async () => {
    const base = newTenant();
    const tenants = [base, `${base}#`, `${base}/1`, base.toUpperCase(), `${base}*`, `tenant:${base}`];
    const clients = await Promise.all(
      [...tenants, ...tenants].map(async (tenant) => ({ tenant, client: await openStream(cloud, tenant) })),
    );
    for (let round = 0; round < 3; round += 1) {
      for (const tenant of tenants) await publishOne(cloud, progress(tenant, { round, of: tenant }));
    }
    for (const { tenant, client } of clients) {
      const frames = await client.frames(3);
      expect(frames.map(({ of, round }) => [of, round])).toEqual([0, 1, 2].map((round) => [tenant, round]));
      expectNumbers(frames, [1, 2, 3]);
    }
    // The last event went out after all others, so a stray frame would be here by now.
    for (const { client } of clients) expect(client.received).toHaveLength(3);
    await Promise.all(clients.map(({ client }) => client.close()));
  });

  test('a client that comes later gets what comes later', async () => {
    const tenant = newTenant();
    await publishOne(cloud, progress(tenant));
    const client = await openStream(cloud, tenant);
    const id = await publishOne(cloud, progress(tenant));
    const frames = await client.frames(1);
    expect(frames[0]?.id).toBe(id);
    expectNumbers(frames, [2]);
    await client.close();
  });

  test('other query parameters do not matter', async () => {
    const tenant = newTenant();
    const client = await openAt(cloud, `/stream?v=2&tenant=${tenant}&tenant_name=x`);
    await publishOne(cloud, progress(tenant));
    expect((await client.frames(1))[0]?.tenant).toBe(tenant);
    await client.close();
  });

  // Whose function dies over a message is told so by the gateway.
  needs('sure-hand-offs', () => {
    test('what a client sends gets no answer and does no harm', async () => {
      const tenant = newTenant();
      const other = newTenant();
      const client = await openStream(cloud, tenant);
      const texts = [
        'hello',
        '',
        '{"action":"ping"}',
        '{"action":"$disconnect"}',
        '{"__proto__":{"a":1}}',
        '['.repeat(9_999),
      ];
      for (const text of [...texts, `{"action":"subscribe","channel":"tenant:${other}"}`, 'x'.repeat(30_000)])
        client.send(text);
      await publishOne(cloud, progress(other));
      await publishOne(cloud, progress(tenant, { job_id: 'a' }));
      await publishOne(cloud, progress(tenant, { job_id: 'b' }));
      expect((await client.frames(2)).map(({ job_id }) => job_id)).toEqual(['a', 'b']);
      expect(client.texts).toHaveLength(2);
      await client.close();
    });
  });
});

needs('open-streams', () => {
  describe('L4: the bearer', () => {
    test('one that nobody asked for is ignored', async () => {
      const tenant = newTenant();
      const client = await openStream(cloud, tenant, { authorization: 'Bearer my-api-key' });
      await publishOne(cloud, progress(tenant));
      expect(await client.frames(1)).toHaveLength(1);
      await client.close();
    });
  });
});

describe('L5: the frame', () => {
  test('is the event with id, seq and ts, which overwrite the sender’s', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const sent = progress(tenant, { id: 'mine', seq: 999, ts: '1999-01-01T00:00:00Z' });
    const ids = [await publishOne(cloud, sent), await publishOne(cloud, sent)];
    const frames = await client.frames(2);
    expect(new Set(ids).size).toBe(2);
    expectNumbers(frames, [1, 2]);
    for (const [index, frame] of frames.entries()) {
      const { ts, seq: _, ...rest } = frame;
      expect(rest).toEqual({ ...progress(tenant), event_id: 'mine', id: ids[index] });
      expect(Math.abs(new Date(ts as string | number).getTime() - Date.now())).toBeLessThan(60_000);
    }
    await client.close();
  });

  test('a sender’s id does not take the place of its event_id', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const id = await publishOne(cloud, progress(tenant, { id: 'mine', event_id: 'named' }));
    expect((await client.frames(1))[0]).toMatchObject({ id, event_id: 'named' });
    await client.close();
  });
});
