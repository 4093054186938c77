/** Whether the relay answers, as anybody may ask (contract row P7). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { expectProblem, sendRaw } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

test('GET /health is 200 for anybody', async () => {
  const answer = await sendRaw(cloud, undefined, { path: '/health', method: 'GET', token: null });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(JSON.parse(answer.text)).toEqual({ status: 'ok', service: 'relay' });
});

test.each(['PUT', 'DELETE'])('/health takes no %s', async (method) => {
  expectProblem(await sendRaw(cloud, '{}', { path: '/health', method }), 405);
});
