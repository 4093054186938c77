/** Our packets beside those of the parser that socket.io and its client use. */
import { Decoder, Encoder, type Packet, PacketType } from 'socket.io-parser';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../../client/test/support/world.ts';
import {
  type ClientPacket,
  decodeSocket,
  encodeSocket,
  type ServerPacket,
} from '../../../../shared/wire/socket-io.ts';

/** The reference's own form of a packet. */
function theirs(packet: Exclude<ServerPacket | ClientPacket, { kind: 'binary' }>): Packet {
  const nsp = packet.namespace;
  switch (packet.kind) {
    case 'connect':
      return { type: PacketType.CONNECT, nsp, ...(packet.payload && { data: packet.payload }) };
    case 'disconnect':
      return { type: PacketType.DISCONNECT, nsp };
    case 'event':
      return { type: PacketType.EVENT, nsp, data: packet.args, ...idOf(packet) };
    case 'ack':
      return { type: PacketType.ACK, nsp, data: packet.args, ...idOf(packet) };
    case 'connect-error':
      return { type: PacketType.CONNECT_ERROR, nsp, data: packet.payload };
  }
}

const idOf = ({ id }: { readonly id?: number }) => (id === undefined ? {} : { id });

/** Undefined where it refuses the text. */
function readByReference(text: string): Packet | undefined {
  const decoder = new Decoder();
  let read: Packet | undefined;
  decoder.on('decoded', (packet) => {
    read = packet;
  });
  try {
    decoder.add(text);
  } catch {
    return undefined; // it throws what is a value of ours
  }
  return read;
}

/** Draws packets; every value that it draws comes from the seed. */
class Draw {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seeded(seed);
  }

  below(n: number): number {
    return Math.floor(this.#random() * n);
  }

  one<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[this.below(values.length)] ?? values[0];
  }

  text(): string {
    const codes = Array.from({ length: this.below(8) }, () =>
      this.one([this.below(128), this.below(0x800), 0xd800 + this.below(0x800), 34, 92]),
    );
    return String.fromCharCode(...codes);
  }

  value(depth: number): unknown {
    const kind = this.below(depth > 3 ? 5 : 7);
    if (kind === 0) return null;
    if (kind === 1) return this.below(2) === 0;
    if (kind === 2) return (this.below(2_000_000) - 1_000_000) / this.one([1, 3, 1e9, 1e-9]);
    if (kind < 5) return this.text();
    if (kind === 5) return this.values(depth + 1);
    return this.fields(depth + 1);
  }

  values(depth: number): unknown[] {
    return Array.from({ length: this.below(4) }, () => this.value(depth));
  }

  fields(depth: number): Record<string, unknown> {
    return Object.fromEntries(this.values(depth).map((value) => [this.text(), value]));
  }

  packet(): ServerPacket {
    const namespace = this.one(['/', '/', '/admin', '/a/b?c=d', '/\u00fc-1', '/1']);
    const id = this.one([this.below(100), this.below(2 ** 31), Number.MAX_SAFE_INTEGER]);
    const withId = this.below(2) === 0 ? { id } : {};
    return this.one<() => ServerPacket>([
      () => ({ kind: 'connect', namespace }),
      () => ({ kind: 'connect', namespace, payload: this.fields(0) }),
      () => ({ kind: 'disconnect', namespace }),
      () => ({
        kind: 'event',
        namespace,
        args: [this.one<string | number>([`x${this.text()}`, this.below(9)]), ...this.values(0)],
        ...withId,
      }),
      () => ({ kind: 'ack', namespace, args: this.values(0), id }),
      () => ({ kind: 'connect-error', namespace, payload: { message: this.text(), data: this.value(0) } }),
    ])();
  }

  /** With a piece cut out, put in or exchanged. */
  spoil(text: string): string {
    const from = this.below(text.length + 1);
    const to = from + this.below(3);
    const piece = this.one([
      '',
      '',
      '[',
      ']',
      '{',
      '}',
      '"',
      ',',
      '/',
      '-',
      '1',
      '0',
      '9',
      ' ',
      'null',
      '\\',
      '2',
      '5',
    ]);
    return text.slice(0, from) + piece + text.slice(to);
  }
}

describe('a packet', () => {
  it('is written as by the reference implementation', () => {
    const draw = new Draw(1);
    for (let n = 0; n < 2_000; n += 1) {
      const packet = draw.packet();
      expect([encodeSocket(packet)]).toEqual(new Encoder().encode(theirs(packet)));
    }
  });

  it('that the reference implementation wrote is read as it was meant', () => {
    const draw = new Draw(2);
    for (let n = 0; n < 2_000; n += 1) {
      const packet = draw.packet();
      if (packet.kind === 'connect-error') continue;
      const [text] = new Encoder().encode(theirs(packet));
      expect(decodeSocket(String(text))).toEqual(packet);
    }
  });

  it('is never read where the reference implementation refuses it, nor otherwise than by it', () => {
    const draw = new Draw(3);
    const counts = { read: 0, malformed: 0 };
    for (let n = 0; n < 20_000; n += 1) {
      let text = encodeSocket(draw.packet());
      for (let more = 1 + draw.below(3); more > 0; more -= 1) text = draw.spoil(text);
      const packet = decodeSocket(text);
      if (packet.kind === 'malformed') counts.malformed += 1;
      // Of a binary packet only the head is read; it is refused anyway.
      if (packet.kind === 'malformed' || packet.kind === 'binary') continue;
      counts.read += 1;
      expect(readByReference(text), text).toEqual(theirs(packet));
    }
    expect(counts.read).toBeGreaterThan(2_000);
    expect(counts.malformed).toBeGreaterThan(2_000);
  });

  it.each<[string, string]>([
    ['an empty one, which it takes for CONNECT', ''],
    ['a blank, which it takes for the digit 0', ' '],
    ['an event without a payload', '2'],
    ['an acknowledgement without an id', '3[]'],
    ['an error of a client', '4{"message":"no"}'],
    ['blanks before a payload, which it takes for the id 0', '2 ["foo"]'],
    ['an id that it rounds', '29007199254740993["foo"]'],
    ['nesting of 65 levels', `2["foo",${'['.repeat(65)}${']'.repeat(65)}]`],
  ])('is refused where the reference implementation takes it: %s', (_title, text) => {
    expect(readByReference(text)).toBeDefined();
    expect(decodeSocket(text)).toMatchObject({ kind: 'malformed' });
  });
});
