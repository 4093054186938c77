import { describe, expect, it } from 'vitest';
import { type HttpAnswer, HttpAnswerReader } from '../../../../../shared/adapters/gateway/http-answer.ts';

const kept = (status: number): HttpAnswer => ({ status, reusable: true });
const last = (status: number): HttpAnswer => ({ status, reusable: false });

const answers: [title: string, text: string, answer: HttpAnswer][] = [
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', kept(200)],
  ['with a length of none', 'HTTP/1.1 410 Gone\r\ncontent-length:0\r\n\r\n', kept(410)],
  ['whose status has no reason', 'HTTP/1.1 429\r\ncontent-length: 0\r\n\r\n', kept(429)],
  ['that never has a body', 'HTTP/1.1 204 No Content\r\n\r\n', kept(204)],
  [
    'whose length counts bytes and not characters',
    'HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nGr\u00fc\u00dfe',
    kept(200),
  ],
  [
    'in chunks',
    'HTTP/1.1 413 Too Large\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n3;ext=1\r\n\r\n\r\r\n0\r\n\r\n',
    kept(413),
  ],
  [
    'in chunks, with a trailer',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n',
    kept(200),
  ],
  [
    'after interim answers',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
    kept(200),
  ],
  ['that closes', 'HTTP/1.1 503 Busy\r\nConnection: close\r\ncontent-length: 1\r\n\r\nx', last(503)],
  ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', last(200)],
];

describe('an answer', () => {
  it.each(answers)('%s is read whole', (_, text, answer) => {
    expect(new HttpAnswerReader().take(Buffer.from(text))).toEqual(answer);
  });

  it.each(answers)('%s is read byte by byte, and not before its last one', (_, text, answer) => {
    const reader = new HttpAnswerReader();
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
    const seen = bytes.map((byte) => reader.take(byte));
    expect(seen.slice(0, -1)).toEqual(bytes.slice(0, -1).map(() => undefined));
    expect(seen.at(-1)).toEqual(answer);
  });

  it.each(answers)('%s with more behind it leaves the connection unusable', (_, text, { status }) => {
    expect(new HttpAnswerReader().take(Buffer.from(`${text}HTTP`))).toEqual(last(status));
  });

  it('without a length ends with its connection', () => {
    const reader = new HttpAnswerReader();
    expect(reader.take(Buffer.from('HTTP/1.1 200 OK\r\n\r\nall of'))).toBeUndefined();
    expect(reader.take(Buffer.from(' it'))).toBeUndefined();
    expect(reader.end()).toEqual(last(200));
  });

  it.each([
    ['nothing', ''],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-len'],
    ['half a body', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel'],
    ['half of its chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel'],
    ['only an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('is none when the connection ends after %s', (_, text) => {
    const reader = new HttpAnswerReader();
    expect(reader.take(Buffer.from(text))).toBeUndefined();
    expect(reader.end()).toBeUndefined();
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['another version', 'HTTP/2 200\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 20x OK\r\n\r\n'],
    ['one without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`],
  ])('is refused: %s', (_, text) => {
    expect(() => new HttpAnswerReader().take(Buffer.from(text))).toThrow();
  });
});
