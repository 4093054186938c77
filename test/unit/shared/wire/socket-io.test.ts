import { describe, expect, it } from 'vitest';
import {
  type ClientPacket,
  decodeSocket,
  encodeSocket,
  eventPacket,
  type ServerPacket,
} from '../../../../shared/wire/socket-io.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const malformed = (reason: string) => ({ kind: 'malformed', reason });
const namespace = '/';

/** As the protocol's document has them, and some beside. */
describe('a packet of Socket.IO', () => {
  it.each<[string, ClientPacket & ServerPacket]>([
    ['0', { kind: 'connect', namespace }],
    [
      '0{"sid":"wZX3oN0bSVIhsaknAAAI"}',
      { kind: 'connect', namespace, payload: { sid: 'wZX3oN0bSVIhsaknAAAI' } },
    ],
    ['0{"token":"123"}', { kind: 'connect', namespace, payload: { token: '123' } }],
    ['0{}', { kind: 'connect', namespace, payload: {} }],
    ['0/admin,', { kind: 'connect', namespace: '/admin' }],
    ['0/admin,{"token":"123"}', { kind: 'connect', namespace: '/admin', payload: { token: '123' } }],
    ['0/a?b=c/d{,{"x":1}', { kind: 'connect', namespace: '/a?b=c/d{', payload: { x: 1 } }],
    ['1', { kind: 'disconnect', namespace }],
    ['1/admin,', { kind: 'disconnect', namespace: '/admin' }],
    ['2["foo"]', { kind: 'event', namespace, args: ['foo'] }],
    ['2/admin,["bar"]', { kind: 'event', namespace: '/admin', args: ['bar'] }],
    ['212["foo"]', { kind: 'event', namespace, args: ['foo'], id: 12 }],
    ['2/admin,13["foo"]', { kind: 'event', namespace: '/admin', args: ['foo'], id: 13 }],
    ['20["foo"]', { kind: 'event', namespace, args: ['foo'], id: 0 }],
    ['2[7,null,{"a":[1.5,true]}]', { kind: 'event', namespace, args: [7, null, { a: [1.5, true] }] }],
    ['2["join","project_7"]', { kind: 'event', namespace, args: ['join', 'project_7'] }],
    ['29007199254740991["foo"]', { kind: 'event', namespace, args: ['foo'], id: Number.MAX_SAFE_INTEGER }],
    ['2["\u20ac\u{1f600}"]', { kind: 'event', namespace, args: ['\u20ac\u{1f600}'] }],
    ['2["\\ud800"]', { kind: 'event', namespace, args: ['\ud800'] }],
    ['2["__proto__",1]', { kind: 'event', namespace, args: ['__proto__', 1] }],
    ['2["constructor"]', { kind: 'event', namespace, args: ['constructor'] }],
    ['2[""]', { kind: 'event', namespace, args: [''] }],
    ['312[]', { kind: 'ack', namespace, args: [], id: 12 }],
    ['312["bar"]', { kind: 'ack', namespace, args: ['bar'], id: 12 }],
    ['3/admin,13["bar"]', { kind: 'ack', namespace: '/admin', args: ['bar'], id: 13 }],
  ])('%j is written and read', (text, packet) => {
    expect(encodeSocket(packet)).toBe(text);
    expect(decodeSocket(text)).toEqual(packet);
  });

  it.each<[string, ServerPacket]>([
    [
      '4{"message":"Not authorized"}',
      { kind: 'connect-error', namespace, payload: { message: 'Not authorized' } },
    ],
    [
      '4/admin,{"message":"no","data":{"status":404}}',
      { kind: 'connect-error', namespace: '/admin', payload: { message: 'no', data: { status: 404 } } },
    ],
  ])('%j is written', (text, packet) => {
    expect(encodeSocket(packet)).toBe(text);
  });

  it.each<[string, ClientPacket]>([
    ['51-["baz",{"_placeholder":true,"num":0}]', { kind: 'binary', of: 'event', namespace }],
    ['52-/admin,["baz",{},{}]', { kind: 'binary', of: 'event', namespace: '/admin' }],
    ['51-14["foo",{"_placeholder":true,"num":0}]', { kind: 'binary', of: 'event', namespace, id: 14 }],
    ['61-15["bar",{"_placeholder":true,"num":0}]', { kind: 'binary', of: 'ack', namespace, id: 15 }],
    ['51-/admin,3[', { kind: 'binary', of: 'event', namespace: '/admin', id: 3 }],
    ['5999999999999999999-', { kind: 'binary', of: 'event', namespace }],
    ['0/admin', { kind: 'connect', namespace: '/admin' }],
    ['1/admin', { kind: 'disconnect', namespace: '/admin' }],
    ['2007["foo"]', { kind: 'event', namespace, args: ['foo'], id: 7 }],
    ['2[ "foo" ] ', { kind: 'event', namespace, args: ['foo'] }],
  ])('%j is read', (text, packet) => {
    expect(decodeSocket(text)).toEqual(packet);
  });

  const noType = 'the packet has no known type';
  const noList = 'the payload is not a list';
  const noPayload = 'the payload is neither a list nor an object';
  const noJson = 'the payload is not JSON';
  const tooLarge = 'the acknowledgement id is too large';
  const uncounted = 'the binary packet does not count its attachments';
  it.each([
    ['', 'the packet is empty'],
    ['7', noType],
    ['9', noType],
    ['99', noType],
    [' 2["foo"]', noType],
    ['\u0662["foo"]', noType],
    ['\ud83d', noType],
    ['["foo"]', noType],
    ['0null', noPayload],
    ['0"x"', noPayload],
    ['012', noPayload],
    ['0 {}', noPayload],
    ['0[]', 'the payload of CONNECT is not an object'],
    ['0{', noJson],
    ["0{'a':1}", noJson],
    ['0{}{}', noJson],
    ['1{}', 'DISCONNECT has no payload'],
    ['1/admin,[]', 'DISCONNECT has no payload'],
    ['112', 'DISCONNECT has no payload'],
    ['2', noPayload],
    ['2[', noJson],
    ['2["foo"', noJson],
    ['2["foo"]x', noJson],
    ['2["a\nb"]', noJson],
    ['2{}', noList],
    ['2{"0":"foo"}', noList],
    ['2"foo"', noPayload],
    ['2null', noPayload],
    ['2 ["foo"]', noPayload],
    ['2-1["foo"]', noPayload],
    ['21.5["foo"]', noPayload],
    ['21e3["foo"]', noPayload],
    ['212', noPayload],
    ['2/admin', noPayload],
    ['2/admin["foo"]', noPayload],
    ['2/admin,', noPayload],
    ['2\ufeff["foo"]', noPayload],
    ['2[]', 'the event has no name'],
    ['2[null]', 'the event has no name'],
    ['2[true]', 'the event has no name'],
    ['2[["foo"]]', 'the event has no name'],
    ['2[{}]', 'the event has no name'],
    ...['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'].map(
      (name) => [`2["${name}",1]`, "the event's name is reserved"],
    ),
    ['2["\\u0063onnect"]', "the event's name is reserved"],
    ['29007199254740992["foo"]', tooLarge],
    [`2${'9'.repeat(400)}["foo"]`, tooLarge],
    ['399999999999999999999[]', tooLarge],
    ['51-99999999999999999999["foo"]', tooLarge],
    ['3', noPayload],
    ['312', noPayload],
    ['312{}', noList],
    ['3["bar"]', 'the acknowledgement has no id'],
    ['4', 'a client sends no CONNECT_ERROR'],
    ['4{"message":"no"}', 'a client sends no CONNECT_ERROR'],
    ['5', uncounted],
    ['5["foo"]', uncounted],
    ['51["foo"]', uncounted],
    ['50-["foo"]', uncounted],
    ['5-1-["foo"]', uncounted],
    ['51.5-["foo"]', uncounted],
    ['6', uncounted],
  ])('%j is malformed: %s', (text, reason) => {
    expect(decodeSocket(text)).toEqual(malformed(reason));
  });

  it('takes values at 64 levels below its payload and refuses them at 65', () => {
    expect(decodeSocket(`2["foo",${nested(64)}]`)).toMatchObject({ kind: 'event' });
    expect(decodeSocket(`2["foo",${nested(65)}]`)).toEqual(malformed('the payload is nested too deeply'));
    expect(decodeSocket(`0{"a":${nested(65)}}`)).toEqual(malformed('the payload is nested too deeply'));
  });

  it.each([
    ['lists', `2["foo",${nested(60_000)}]`],
    ['lists that end nowhere', `2${'['.repeat(131_000)}`],
    ['objects', `0${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
    ['digits', `2${'1'.repeat(131_000)}`],
    ['a namespace', `2/${'a'.repeat(131_000)}`],
    ['attachments', `5${'1'.repeat(131_000)}`],
    ['a wide list of junk', `2[${new Array(60_000).fill('1').join()}]junk`],
  ])('of 128 KB that is junk is malformed: %s', (_title, text) => {
    expect(decodeSocket(text)).toMatchObject({ kind: 'malformed' });
  });

  it('of 128 KB is read', () => {
    const long = 'x'.repeat(131_000);
    expect(decodeSocket(`2["foo","${long}"]`)).toEqual({ kind: 'event', namespace, args: ['foo', long] });
  });

  it('carries no __proto__ key on', () => {
    const packet = decodeSocket('0{"__proto__":{"token":"x"},"deep":[{"\\u005f_proto__":1,"y":2}]}');
    expect(JSON.stringify(packet)).toBe('{"kind":"connect","namespace":"/","payload":{"deep":[{"y":2}]}}');
    expect(packet).toMatchObject({ kind: 'connect' });
    if (packet.kind === 'connect') expect(Reflect.get(packet.payload ?? {}, 'token')).toBeUndefined();
  });
});

describe('an event for many sockets', () => {
  it('is made of JSON that is there already', () => {
    const text = eventPacket('log_line', '{"id":"e.7","seq":7,"message":"\u20ac"}');
    expect(text).toBe('2["log_line",{"id":"e.7","seq":7,"message":"\u20ac"}]');
    expect(decodeSocket(text)).toEqual({
      kind: 'event',
      namespace,
      args: ['log_line', { id: 'e.7', seq: 7, message: '\u20ac' }],
    });
  });

  it('has the offset for a later recovery as its last argument', () => {
    expect(eventPacket('log_line', '{"seq":7}', 'e."7')).toBe('2["log_line",{"seq":7},"e.\\"7"]');
  });
});
