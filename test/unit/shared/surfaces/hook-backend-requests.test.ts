/** What the hook backend's requests may hold that are not events. */
import { describe, expect, it } from 'vitest';
import { noFields, readBody, revokeRequest, tokenRequest } from '../../../../shared/surfaces/hook-backend.ts';
import { refusal } from './refusal.ts';

describe('a request for a token', () => {
  it.each<[unknown, unknown]>([
    [{}, {}],
    [{ ttl_seconds: 1 }, { ttl_seconds: 1 }],
    [{ ttl_seconds: 3.0 }, { ttl_seconds: 3 }],
    [{ ttl_seconds: 31_536_000 }, { ttl_seconds: 31_536_000 }],
    [{ user_id: 'u2', scopes: ['everything'] }, {}],
  ])('%j asks for %j', (body, asked) => {
    expect(readBody(tokenRequest, body)).toEqual(asked);
  });

  const whole = 'must be a whole number of seconds';
  it.each<[unknown, string, string]>([
    [null, 'body', 'must be an object'],
    [[], 'body', 'must be an object'],
    ['x', 'body', 'must be an object'],
    [{ ttl_seconds: 0 }, 'ttl_seconds', 'must be at least 1'],
    [{ ttl_seconds: -1 }, 'ttl_seconds', 'must be at least 1'],
    [{ ttl_seconds: 31_536_001 }, 'ttl_seconds', 'must be at most 31536000'],
    [{ ttl_seconds: 1.5 }, 'ttl_seconds', whole],
    [{ ttl_seconds: '60' }, 'ttl_seconds', whole],
    [{ ttl_seconds: null }, 'ttl_seconds', whole],
    [{ ttl_seconds: true }, 'ttl_seconds', whole],
    [{ ttl_seconds: [] }, 'ttl_seconds', whole],
  ])('%j is refused', (body, field, message) => {
    expect(refusal(() => readBody(tokenRequest, body))).toEqual({
      code: 'invalid',
      fields: [field],
      errors: [{ field, message }],
    });
  });

  it.each([2 ** 53, 1e300, JSON.parse('1e999')])('for %d seconds is refused', (ttl_seconds) => {
    const { code, fields } = refusal(() => readBody(tokenRequest, { ttl_seconds }));
    expect(code).toBe('invalid');
    expect(new Set(fields)).toEqual(new Set(['ttl_seconds']));
  });
});

describe('a request for a revocation', () => {
  it.each([{ token: 'x' }, { token_id: 'x' }, { token: '' }])('%j names a token', (body) => {
    expect(readBody(revokeRequest, body)).toEqual(body);
  });

  const either = 'must have either token or token_id';
  it.each<[unknown, Record<string, string>]>([
    [null, { body: 'must be an object' }],
    [[], { body: 'must be an object' }],
    [{}, { body: either }],
    [{ id: 'x' }, { body: either }],
    [{ token: 'x', token_id: 'x' }, { body: either }],
    [{ token: null }, { token: 'must be a string' }],
    [{ token_id: 7 }, { token_id: 'must be a string' }],
    [
      { token: {}, token_id: [] },
      { token: 'must be a string', token_id: 'must be a string' },
    ],
  ])('%j is refused', (body, messages) => {
    const { code, errors } = refusal(() => readBody(revokeRequest, body));
    expect(code).toBe('invalid');
    expect(errors).toEqual(Object.entries(messages).map(([field, message]) => ({ field, message })));
  });
});

describe('a request of no fields', () => {
  it.each([{}, { anything: 1 }])('may be %j', (body) => {
    expect(readBody(noFields, body)).toEqual({});
  });

  it.each([null, [], '', 0, true])('may not be %j', (body) => {
    expect(refusal(() => readBody(noFields, body))).toMatchObject({ code: 'invalid', fields: ['body'] });
  });
});
