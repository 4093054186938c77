import { describe, expect, it } from 'vitest';
import { EventStreamParser, type Item } from '../src/event-stream-parser.ts';

function parse(...pieces: string[]): Item[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

describe('the parser of event streams', () => {
  it('gives the data of each event and leaves other fields aside', () => {
    expect(parse('id: e.1\ndata: {"seq":1}\n\nevent: x\nretry: 5\ndata:no space\n\n')).toEqual([
      { data: '{"seq":1}' },
      { data: 'no space' },
    ]);
  });

  it('joins the lines of one event, the empty ones too', () => {
    expect(parse('data: a\ndata\ndata:\ndata:  b\n\n')).toEqual([{ data: 'a\n\n\n b' }]);
  });

  it('gives comments at once', () => {
    expect(parse(': still here\n', ':\n')).toEqual(['comment', 'comment']);
  });

  it('gives an id that comes without data, each time anew', () => {
    expect(parse('retry: 1000\nid: e.5\n\n', ':\nid:e.9\n\n', 'id\n\n', '\n')).toEqual([
      { id: 'e.5' },
      'comment',
      { id: 'e.9' },
      { id: '' },
    ]);
    expect(parse('id: e.5\ndata: a\n\n\n', 'data: b\n\n')).toEqual([{ data: 'a' }, { data: 'b' }]);
  });

  it('takes LF, CR and CRLF as ends of lines, wherever the pieces are cut', () => {
    const text = 'data: a\r\ndata: b\r\rdata: c\n\n: d\r\n\r\n';
    const whole = [{ data: 'a\nb' }, { data: 'c' }, 'comment'];
    expect(parse(text)).toEqual(whole);
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(parse(text.slice(0, cut), text.slice(cut))).toEqual(whole);
    }
    expect(parse(...text)).toEqual(whole);
  });

  it('drops a byte order mark at the beginning, also after an empty piece', () => {
    expect(parse('', '\uFEFFdata: a\n\n')).toEqual([{ data: 'a' }]);
  });

  it('says nothing of an event without data and id, or of one that is not finished', () => {
    expect(parse('event: x\n\n', 'data: a\n')).toEqual([]);
  });

  it('does not take other fields for data', () => {
    expect(parse('database: a\n\ndat: b\n\n')).toEqual([]);
  });

  it('throws where an event has no end', () => {
    const parser = new EventStreamParser();
    const line = `data: ${'x'.repeat(1_000)}\n`;
    expect(() => {
      for (let n = 0; n < 2_000; n += 1) parser.push(line);
    }).toThrow(RangeError);
    expect(() => new EventStreamParser().push('x'.repeat(2_000_000))).toThrow(RangeError);
  });
});
