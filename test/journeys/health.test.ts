/** Whether the relay answers, as anybody may ask (contract rows A1, P7). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { expectProblem, sendRaw } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

test.each(['GET', 'POST'])('%s /health is 200 for anybody', async (method) => {
  const answer = await sendRaw(cloud, undefined, { path: '/health', method, token: null });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(JSON.parse(answer.text)).toEqual({
    status: 'ok',
    service: 'relay',
    nats_connected: expect.any(Boolean),
  });
});

test.each(['PUT', 'DELETE'])('/health takes no %s', async (method) => {
  expectProblem(await sendRaw(cloud, '{}', { path: '/health', method }), 405);
});
