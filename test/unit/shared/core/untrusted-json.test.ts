import { describe, expect, it } from 'vitest';
import { RelayError } from '../../../../shared/core/errors.ts';
import { parseUntrustedJson } from '../../../../shared/core/untrusted-json.ts';

function refusal(text: string): { code: string; errors: unknown } {
  try {
    parseUntrustedJson(text);
  } catch (error) {
    if (error instanceof RelayError) return { code: error.code, errors: error.errors };
    throw error;
  }
  throw new Error('was taken');
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe('untrusted JSON', () => {
  it.each([
    ['{"a":[1,"x",null,true]}', { a: [1, 'x', null, true] }],
    ['null', null],
    ['"text"', 'text'],
    ['[]', []],
    [' 1e3 ', 1_000],
  ])('%s is read as what it says', (text, value) => {
    expect(parseUntrustedJson(text)).toEqual(value);
  });

  it.each(['{', '{"a":1}x', "{'a':1}", '\uFEFF{}', 'undefined', 'NaN', '{"a":1,}', '\u0000', '"\n"'])(
    'refuses %j as no JSON',
    (text) => {
      expect(refusal(text)).toEqual({ code: 'invalid', errors: [{ field: 'body', message: 'is not JSON' }] });
    },
  );

  it('says of an empty body that it is empty', () => {
    expect(refusal('')).toEqual({
      code: 'invalid',
      errors: [{ field: 'body', message: 'is empty; JSON is expected' }],
    });
  });

  it.each([
    ['arrays', nested(10_000)],
    ['arrays that end nowhere', '['.repeat(10_000)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
    ['arrays beside an event', `{"type":"status","x":${nested(10_000)}}`],
    ['half a million arrays', nested(500_000)],
  ])('refuses nesting of 10,000 levels and more: %s', (_title, text) => {
    expect(refusal(text)).toMatchObject({ code: 'invalid', errors: [{ field: 'body' }] });
  });

  it('takes values at 64 levels below the top and refuses them at 65', () => {
    expect(parseUntrustedJson(nested(65))).toBeInstanceOf(Array);
    expect(refusal(nested(66))).toEqual({
      code: 'invalid',
      errors: [{ field: 'body', message: 'is nested deeper than 64 levels' }],
    });
  });

  it('drops __proto__ keys wherever they are and leaves every prototype alone', () => {
    const value = parseUntrustedJson(
      '{"__proto__":{"admin":true},"list":[{"__proto__":[],"kept":1}],"deep":{"\\u005f_proto__":null,"x":2}}',
    );
    expect(JSON.stringify(value)).toBe('{"list":[{"kept":1}],"deep":{"x":2}}');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Reflect.get(Object(value), 'admin')).toBeUndefined();
    expect(Reflect.get({}, 'admin')).toBeUndefined();
  });

  it('keeps other names that objects have by themselves as plain data', () => {
    const text = '{"constructor":{"prototype":{"x":1}},"toString":"t","hasOwnProperty":0}';
    expect(JSON.stringify(parseUntrustedJson(text))).toBe(text);
  });

  it.each([
    ['1e999', 'body'],
    ['-1e999', 'body'],
    ['{"a":1,"progress_percent":1e999}', 'progress_percent'],
    ['[{},{"extra":[{"deep":1e309}]}]', '[1].extra[0].deep'],
  ])('refuses %s rather than change the number, and names %s', (text, field) => {
    const message = 'must be a number that a double can hold';
    expect(refusal(text)).toEqual({ code: 'invalid', errors: [{ field, message }] });
  });

  it('reads a wide body of junk', () => {
    const value = parseUntrustedJson(`[${new Array(250_000).fill('{}').join()}]`);
    expect(value).toHaveLength(250_000);
  });
});
