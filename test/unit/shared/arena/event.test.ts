import { describe, expect, it } from 'vitest';
import { messageEvent } from '../../../../shared/arena/event.ts';
import { jsonFrame } from '../../../../shared/core/event.ts';

const LARGEST = 102_400;
/** The longest `id` and `seq` that a frame can have. */
const longest = { epoch: 'x'.repeat(16), seq: Number.MAX_SAFE_INTEGER };

/** `data`, as it stands in the event's text. */
function data(payload: string | Uint8Array): string {
  const json = messageEvent('x', typeof payload === 'string' ? Buffer.from(payload) : payload);
  expect(() => JSON.parse(json)).not.toThrow();
  const [, found = ''] = /^\{"subject":"x","data":(.*)\}$/s.exec(json) ?? [];
  return found;
}

describe('the event of a message', () => {
  it('has its suffix and its payload, in this order', () => {
    const json = messageEvent('event.death', Buffer.from('{"agent_id":"marcus-001","round":3}'));
    expect(json).toBe('{"subject":"event.death","data":{"agent_id":"marcus-001","round":3}}');
  });

  it('has a suffix of any characters', () => {
    expect(JSON.parse(messageEvent('a"b\\c\u{1F600}\u0001', Buffer.from('1')))).toEqual({
      subject: 'a"b\\c\u{1F600}\u0001',
      data: 1,
    });
  });
});

describe('a payload that is JSON', () => {
  it.each([
    '{"a":[1,null,"x"]}',
    '[]',
    '"text"',
    '""',
    'null',
    'true',
    '0',
    '-0',
    '1.50',
    '"\\ud800"',
    '"ä€\u{1F600}"',
  ])('is that value, as it was written: %s', (text) => {
    expect(data(text)).toBe(text);
  });

  it.each(['12345678901234567890', '1e400', '0.1000000000000000055511151231257827', '[9007199254740993]'])(
    'keeps a number beyond a double: %s',
    (text) => {
      expect(data(text)).toBe(text);
    },
  );

  it('has the white space around it taken off, and what is in it left', () => {
    expect(data(' \r\n\t{ "a" :\n1 }\n ')).toBe('{ "a" :\n1 }');
  });

  it('may repeat a key, or have one that means something to JavaScript', () => {
    expect(data('{"a":1,"a":2,"__proto__":3}')).toBe('{"a":1,"a":2,"__proto__":3}');
  });
});

describe('a payload that is text', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \n '],
    ['a word', 'Birds are government drones'],
    ['half a value', '{"a":'],
    ['two values', '1 2'],
    ['what other languages call JSON', "{'a': NaN}"],
    ['a number with a zero before it', '007'],
    ['a value between spaces that JSON has not', '\u00a01\u00a0'],
    ['a value behind a byte order mark', '\ufeff{"a":1}'],
    ['control characters and quotes', '\u0000"\\\u2028'],
  ])('is that text: %s', (_title, text) => {
    expect(JSON.parse(data(text))).toBe(text);
  });
});

describe('a payload that is not UTF-8', () => {
  it.each<[string, number[]]>([
    ['a byte that is never in it', [0xff]],
    ['a character cut off', [0x61, 0xe2, 0x82]],
    ['a character written too long', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['JSON with such a byte', [...Buffer.from('{"a":"'), 0xe4, ...Buffer.from('"}')]],
  ])('is base64: %s', (_title, bytes) => {
    expect(JSON.parse(data(Uint8Array.from(bytes)))).toEqual({
      base64: Buffer.from(bytes).toString('base64'),
    });
  });
});

describe('an event', () => {
  const frameBytes = (json: string) => Buffer.byteLength(jsonFrame(longest, json));
  const room = LARGEST - frameBytes('{"subject":"x","data":""}');

  it('of 102,400 bytes as a client sees it is relayed, of one more not', () => {
    const json = messageEvent('x', Buffer.from(`"${'y'.repeat(room)}"`));
    expect(frameBytes(json)).toBe(LARGEST);
    expect(JSON.parse(json).data).toHaveLength(room);
    expect(data(`"${'y'.repeat(room + 1)}"`)).toBe(`{"too_large":${room + 3}}`);
  });

  it('of text is measured with its quotes and escapes, and in UTF-8', () => {
    expect(JSON.parse(data('y'.repeat(room)))).toHaveLength(room);
    expect(data('y'.repeat(room + 1))).toBe(`{"too_large":${room + 1}}`);
    expect(data(`"${'y'.repeat(room - 2)}`)).toMatch(/^"\\"y+"$/);
    expect(data(`"${'y'.repeat(room - 1)}`)).toBe(`{"too_large":${room}}`);
    const euros = Math.floor(room / 3);
    expect(JSON.parse(data('\u20ac'.repeat(euros)))).toHaveLength(euros);
    expect(data('\u20ac'.repeat(euros + 1))).toBe(`{"too_large":${(euros + 1) * 3}}`);
  });

  it('of bytes is measured in base64, which has four characters for three of them', () => {
    const groups = Math.floor((room + 2 - '{"base64":""}'.length) / 4);
    const fits = Buffer.alloc(groups * 3, 0xff);
    expect(JSON.parse(data(fits))).toEqual({ base64: fits.toString('base64') });
    expect(data(Buffer.alloc(groups * 3 + 1, 0xff))).toBe(`{"too_large":${groups * 3 + 1}}`);
  });

  it('is measured with its suffix', () => {
    const suffix = 'z'.repeat(200);
    const payload = Buffer.from('y'.repeat(room - 198));
    expect(frameBytes(messageEvent(suffix, payload.subarray(1)))).toBe(LARGEST);
    expect(JSON.parse(messageEvent(suffix, payload))).toEqual({
      subject: suffix,
      data: { too_large: payload.length },
    });
  });

  it.each([102_400, 102_401, 1_048_576, 8_388_608])(
    'of a payload of %i bytes says how large it is',
    (bytes) => {
      expect(data(Buffer.alloc(bytes, 0x20))).toBe(`{"too_large":${bytes}}`);
    },
  );
});
