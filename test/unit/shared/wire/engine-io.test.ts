import { decodePacket, encodePacket } from 'engine.io-parser';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import {
  decodeEngine,
  type EnginePacket,
  encodeEngine,
  openPacket,
} from '../../../../shared/wire/engine-io.ts';

const KINDS: readonly EnginePacket['kind'][] = [
  'open',
  'close',
  'ping',
  'pong',
  'message',
  'upgrade',
  'noop',
];

describe('a packet of Engine.IO', () => {
  it.each<[string, EnginePacket]>([
    ['0{"sid":"x"}', { kind: 'open', data: '{"sid":"x"}' }],
    ['1', { kind: 'close', data: '' }],
    ['2', { kind: 'ping', data: '' }],
    ['2probe', { kind: 'ping', data: 'probe' }],
    ['3', { kind: 'pong', data: '' }],
    ['3probe', { kind: 'pong', data: 'probe' }],
    ['4hello', { kind: 'message', data: 'hello' }],
    ['42["foo"]', { kind: 'message', data: '2["foo"]' }],
    ['4', { kind: 'message', data: '' }],
    ['4\u20ac\u{1f600}', { kind: 'message', data: '\u20ac\u{1f600}' }],
    ['4\ud800', { kind: 'message', data: '\ud800' }],
    ['4a\nb\u0000', { kind: 'message', data: 'a\nb\u0000' }],
    ['5', { kind: 'upgrade', data: '' }],
    ['6', { kind: 'noop', data: '' }],
  ])('%j is written and read', (text, packet) => {
    expect(encodeEngine(packet)).toBe(text);
    expect(decodeEngine(text)).toEqual(packet);
  });

  it.each([
    ['', 'the packet is empty'],
    ['7', 'the packet has no known type'],
    ['99', 'the packet has no known type'],
    ['a', 'the packet has no known type'],
    [' 2', 'the packet has no known type'],
    ['\n', 'the packet has no known type'],
    ['\u0662', 'the packet has no known type'],
    ['\ud83d', 'the packet has no known type'],
    ['-1', 'the packet has no known type'],
    ['open', 'the packet has no known type'],
    ['{"action":"ping"}', 'the packet has no known type'],
    ['b', 'binary data is not taken'],
    ['bAQIDBA==', 'binary data is not taken'],
  ])('%j is malformed: %s', (text, reason) => {
    expect(decodeEngine(text)).toEqual({ kind: 'malformed', reason });
  });

  it('is written and read as by the reference implementation', () => {
    const random = seeded(1);
    for (let n = 0; n < 500; n += 1) {
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? 'noop';
      const data = random() < 0.3 ? '' : String.fromCharCode(...letters(random));
      const text = encodeEngine({ kind, data });
      encodePacket({ type: kind, data }, true, (theirs) => expect(text).toBe(theirs));
      const theirs = decodePacket(text);
      expect(decodeEngine(text)).toEqual({ kind: theirs.type, data: theirs.data ?? '' });
    }
  });

  it.each(Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((c) => c !== 'b'))(
    'that begins with %j is malformed where the reference implementation says so',
    (first) => {
      const isError = decodePacket(`${first}x`).type === 'error';
      expect(decodeEngine(`${first}x`).kind === 'malformed').toBe(isError);
    },
  );
});

/** Character codes, lone surrogates among them. */
function letters(random: () => number): number[] {
  return Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * 65_536));
}

describe('the open packet', () => {
  it('says how often pings come, how much is taken, and that nothing can be upgraded to', () => {
    const text = openPacket({
      sid: 'lv_VI97HAXpY6yYWAAAC',
      pingIntervalMs: 25_000,
      pingTimeoutMs: 5_000,
      maxPayload: 1_000_000,
    });
    expect(text).toBe(
      '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":[],"pingInterval":25000,"pingTimeout":5000,"maxPayload":1000000}',
    );
  });
});
