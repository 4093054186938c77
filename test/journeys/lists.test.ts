/** What a POST may carry beyond one known event (contract row L6). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { needs } from '../support/needs.ts';
import { expectNumbers } from '../support/numbers.ts';
import { openStream } from '../support/socket-client.ts';
import { expectProblem, newTenant, progress, publish, publishOne, send } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

describe('L6: extra fields and lists', () => {
  test('unknown fields are kept', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const extra = {
      note: 'ü 東京 🚀 \u2028',
      deep: { a: [1, null, { b: false }] },
      '': 0,
      constructor: 1,
      toString: 'x',
    };
    await publishOne(cloud, progress(tenant, extra));
    const [frame] = await client.frames(1);
    expect(Object.fromEntries(Object.keys(extra).map((key) => [key, frame?.[key]]))).toEqual(extra);
    await client.close();
  });

  needs('long-invocations', () => {
    test('a list of 1,000 events for two tenants is one POST, in order for each', async () => {
      const tenants = [newTenant(), newTenant()];
      const clients = await Promise.all(tenants.map((tenant) => openStream(cloud, tenant)));
      const list = Array.from({ length: 1_000 }, (_, n) => progress(tenants[n % 2] ?? '', { n }));
      const ids = await publish(cloud, list);
      expect(new Set(ids).size).toBe(1_000);
      for (const [which, client] of clients.entries()) {
        const frames = await client.frames(500, 30_000);
        expect(frames.map(({ n }) => n)).toEqual(Array.from({ length: 500 }, (_, k) => 2 * k + which));
        expectNumbers(
          frames,
          Array.from({ length: 500 }, (_, k) => k + 1),
        );
        expect(frames.map(({ id }) => id)).toEqual(ids.filter((_, n) => n % 2 === which));
        await client.close();
      }
    });
  });

  test('a list is accepted whole or not at all', async () => {
    const tenant = newTenant();
    const client = await openStream(cloud, tenant);
    const bad = [progress(tenant), progress(tenant, { job_id: '' }), progress(tenant), { tenant }];
    const fields = expectProblem(await send(cloud, bad), 400).errors.map(({ field }) => field);
    expect(
      fields.some((field) => /\b1\b.*job_id$/.test(field)),
      String(fields),
    ).toBe(true);
    expect(
      fields.some((field) => /\b3\b.*type$/.test(field)),
      String(fields),
    ).toBe(true);
    expect(
      fields.some((field) => /\b[02]\b/.test(field)),
      String(fields),
    ).toBe(false);
    const ids = await publish(cloud, [progress(tenant)]);
    const frames = await client.frames(1);
    expect(frames.map(({ id }) => id)).toEqual(ids);
    expectNumbers(frames, [1]);
    await client.close();
  });

  test.each([0, 1_001])('a list of %i events is refused', async (length) => {
    expectProblem(
      await send(
        cloud,
        Array.from({ length }, () => progress(newTenant())),
      ),
      400,
    );
  });
});
