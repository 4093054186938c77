/**
 * The order of precedence among the routes of an HTTP API.
 */

import { describe, expect, it } from 'vitest';
import { matchRoute } from '../../../../local/gateway/http-routes.ts';

const toRoute = (key: string) => ({ key, functionArn: key, timeoutMs: 1 });
const KEYS = ['$default', 'ANY /a/{proxy+}', 'GET /a/{id}', 'ANY /a/b', 'GET /a/b', 'POST /c/{id}/d'];
const match = (method: string, path: string, keys = KEYS) => matchRoute(keys.map(toRoute), method, path);

describe('a route', () => {
  it.each([
    ['GET', '/a/b', 'GET /a/b'],
    ['PUT', '/a/b', 'ANY /a/b'],
    ['GET', '/a/x', 'GET /a/{id}'],
    ['PUT', '/a/x', 'ANY /a/{proxy+}'],
    ['GET', '/a/x/y', 'ANY /a/{proxy+}'],
    ['GET', '/a/', '$default'],
    ['POST', '/c/1/d', 'POST /c/{id}/d'],
    ['GET', '/c/1/d', '$default'],
    ['GET', '/a/b/', 'ANY /a/{proxy+}'],
  ])('for %s %s is %s', (method, path, key) => {
    expect(match(method, path)?.route.key).toBe(key);
  });

  it('gives path parameters decoded, and a greedy one with its slashes', () => {
    expect(match('GET', '/a/x%20y')?.pathParameters).toEqual({ id: 'x y' });
    expect(match('GET', '/a/x/y')?.pathParameters).toEqual({ proxy: 'x/y' });
    expect(match('GET', '/a/b')?.pathParameters).toBeUndefined();
  });

  it('is none without a match and without $default', () => {
    expect(match('GET', '/z', ['GET /a'])).toBeUndefined();
  });
});
