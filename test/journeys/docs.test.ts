/** The OpenAPI document and its page, as anybody may fetch them (contract row H8). */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { expectProblem, sendRaw } from '../support/webhook.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud?.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  sendRaw(cloud, undefined, { path, method: 'GET', token: null, headers });

test('/openapi.json is a valid OpenAPI 3.1 document, open to anybody', async () => {
  const answer = await get('/openapi.json');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('application/json');
  const document = JSON.parse(answer.text);
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(await new Validator().validate(document)).toEqual({ valid: true });
});

test('/docs is a page that forbids itself to load anything', async () => {
  const answer = await get('/docs');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
  expect(answer.text).toMatch(/^<!doctype html>/);
  const targets = [...answer.text.matchAll(/\b(?:src|href|action|data)="([^"]*)"/g)].map(
    ([, target = '']) => target,
  );
  expect(targets.length).toBeGreaterThan(5);
  // Its own anchors, the empty icon, and the document beside it, which nobody loads by himself.
  expect(targets.filter((target) => !/^(#|data:,$|openapi\.json$)/.test(target))).toEqual([]);
});

describe.each(['/openapi.json', '/docs'])('%s', (path) => {
  test('is not sent again to a caller that has it', async () => {
    const etag = (await get(path)).headers.get('etag') ?? '';
    const again = await get(path, { 'if-none-match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    expect(again.headers.get('etag')).toBe(etag);
  });

  test.each(['POST', 'PUT', 'DELETE'])('takes no %s', async (method) => {
    const answer = await sendRaw(cloud, '{}', { path, method });
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('GET');
  });

  test('takes no HEAD', async () => {
    const answer = await sendRaw(cloud, undefined, { path, method: 'HEAD' });
    expect([answer.status, answer.text]).toEqual([405, '']);
  });
});
