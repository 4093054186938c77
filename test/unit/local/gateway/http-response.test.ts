/**
 * What API Gateway makes of a function's result.
 */

import { describe, expect, it } from 'vitest';
import { toHttpResponse } from '../../../../local/gateway/http-response.ts';

describe('a result', () => {
  it.each([
    [null, 'null'],
    ['text', '"text"'],
    [{ a: 1 }, '{"a":1}'],
  ])('without statusCode is the body of a 200: %j', (result, body) => {
    const response = toHttpResponse(result);
    expect(response).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(String(response?.body)).toBe(body);
  });

  it('with statusCode is a response, its body decoded when it is base64', () => {
    const result = {
      statusCode: 200,
      body: 'aGk=',
      isBase64Encoded: true,
      headers: { 'X-A': 1 },
      cookies: ['a=b'],
    };
    const response = toHttpResponse(result);
    expect(response).toMatchObject({ status: 200, headers: { 'x-a': '1' }, cookies: ['a=b'] });
    expect(String(response?.body)).toBe('hi');
  });

  it('without a content type is text', () => {
    expect(toHttpResponse({ statusCode: 200 })?.headers).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
    });
  });

  it.each([
    { statusCode: 'x' },
    { statusCode: 99 },
    { statusCode: 200, body: {} },
    { statusCode: 200, headers: { a: [] } },
    { statusCode: 200, cookies: 'a=b' },
  ])('is none when it is malformed: %j', (result) => {
    expect(toHttpResponse(result)).toBeUndefined();
  });
});
