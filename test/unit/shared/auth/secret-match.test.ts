import { describe, expect, it } from 'vitest';
import { matchesSecret, secretValues } from '../../../../shared/auth/secret-match.ts';

describe('a presented token', () => {
  it.each<[string, string[], boolean]>([
    ['s3cret', ['s3cret'], true],
    ['new', ['old', 'new'], true],
    ['old', ['old', 'new'], true],
    ['s3cret', [], false],
    ['', [], false],
    ['', ['s3cret'], false],
    ['s3cre', ['s3cret'], false],
    ['s3crett', ['s3cret'], false],
    ['S3CRET', ['s3cret'], false],
    ['s3cret ', ['s3cret'], false],
    ['x'.repeat(100_000), ['s3cret'], false],
    ['gr\u00fc\u00df', ['gr\u00fc\u00df'], true],
  ])('%j against %j: %s', (presented, secrets, matches) => {
    expect(matchesSecret(presented, secrets)).toBe(matches);
  });
});

describe('the text of a secret', () => {
  it.each<[string, string[]]>([
    ['s3cret', ['s3cret']],
    ['  s3cret\n', ['s3cret']],
    ['["old","new"]', ['old', 'new']],
    [' [ "one" ] ', ['one']],
    ['', []],
    [' \n', []],
    ['[]', []],
    ['["",null,1,"x",["y"]]', ['x']],
    ['[not json', ['[not json']],
    ['{"a":"b"}', ['{"a":"b"}']],
    ['"quoted"', ['"quoted"']],
    ['12345', ['12345']],
  ])('%j holds the values %j', (text, values) => {
    expect(secretValues(text)).toEqual(values);
  });
});
