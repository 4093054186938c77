import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { bodyBytes, bodyText, senderKey } from '../../../../functions/_edge/http-event.ts';
import { refusal } from '../../shared/surfaces/refusal.ts';
import { httpEvent } from '../http-event.ts';

const plain = (body: string | undefined): APIGatewayProxyEventV2 =>
  httpEvent({ ...(body === undefined ? {} : { body }) });
const base64 = (body: Buffer | string): APIGatewayProxyEventV2 =>
  httpEvent({ body: Buffer.from(body).toString('base64'), isBase64Encoded: true });

describe('the bytes of a body', () => {
  it.each<[string, APIGatewayProxyEventV2, number[]]>([
    ['text', plain('ü{}'), [0xc3, 0xbc, 0x7b, 0x7d]],
    ['base64', base64(Buffer.from([0xff, 0x00, 0x7b])), [0xff, 0x00, 0x7b]],
    ['no body', plain(undefined), []],
  ])('of %s are those that were sent', (_title, event, sent) => {
    expect([...bodyBytes(event)]).toEqual(sent);
  });

  it('are at most 1,048,576', () => {
    const most = Buffer.alloc(1_048_576, 0xff);
    expect(bodyBytes(base64(most))).toHaveLength(1_048_576);
    expect(refusal(() => bodyBytes(base64(Buffer.concat([most, Buffer.from('x')])))).code).toBe('too-large');
  });
});

describe('the text of a body', () => {
  it.each(['', '{"a":1}', 'Grüße \u{1F600}', '\u0000'])('%j is the same plain and as base64', (text) => {
    expect(bodyText(plain(text))).toBe(text);
    expect(bodyText(base64(text))).toBe(text);
  });

  it('is empty where there is no body', () => {
    expect(bodyText(plain(undefined))).toBe('');
  });

  it('keeps a byte order mark, which JSON does not know', () => {
    expect(bodyText(base64(Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])))).toBe('\uFEFF{}');
  });

  it.each([
    ['a lone byte', [0xff]],
    ['a cut sequence', [0x22, 0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['another encoding', [0x22, 0xfc, 0x22]],
  ])('is refused where it is not UTF-8: %s', (_title, bytes) => {
    expect(refusal(() => bodyText(base64(Buffer.from(bytes))))).toEqual({
      code: 'invalid',
      fields: ['body'],
      errors: [{ field: 'body', message: 'is not UTF-8' }],
    });
  });

  it('of 1,048,576 bytes is taken, of one more refused', () => {
    const most = 'x'.repeat(1_048_576);
    expect(bodyText(plain(most))).toHaveLength(1_048_576);
    expect(bodyText(base64(most))).toHaveLength(1_048_576);
    for (const event of [plain(`${most}x`), base64(`${most}x`)]) {
      expect(refusal(() => bodyText(event))).toEqual({
        code: 'too-large',
        fields: ['body'],
        errors: [{ field: 'body', message: 'is 1048577 bytes; at most 1048576 are taken' }],
      });
    }
  });

  it('is measured in bytes, not in characters', () => {
    expect(bodyText(plain('ü'.repeat(524_288)))).toHaveLength(524_288);
    expect(refusal(() => bodyText(plain('ü'.repeat(524_289)))).code).toBe('too-large');
  });
});

describe("the sender's name for a POST", () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['no header', {}, undefined],
    ['Idempotency-Key', { 'idempotency-key': 'k1' }, 'k1'],
    ['webhook-id', { 'webhook-id': 'w1' }, 'w1'],
    ['both', { 'webhook-id': 'w1', 'idempotency-key': 'k1' }, 'k1'],
    ['another header', { 'x-request-id': 'x' }, undefined],
    ['1,024 characters', { 'webhook-id': '\u{1F600}'.repeat(1_024) }, '\u{1F600}'.repeat(1_024)],
  ])('with %s', (_title, headers, key) => {
    expect(senderKey(httpEvent({ headers }))).toBe(key);
  });

  it.each<[string, Record<string, string>, string]>([
    ['an empty Idempotency-Key', { 'idempotency-key': '' }, 'header idempotency-key'],
    [
      'an empty one beside a good one',
      { 'idempotency-key': '', 'webhook-id': 'w1' },
      'header idempotency-key',
    ],
    ['a webhook-id of 1,025 characters', { 'webhook-id': 'x'.repeat(1_025) }, 'header webhook-id'],
  ])('is refused for %s', (_title, headers, field) => {
    expect(refusal(() => senderKey(httpEvent({ headers })))).toEqual({
      code: 'invalid',
      fields: [field],
      errors: [{ field, message: 'must be 1 to 1024 characters' }],
    });
  });
});
