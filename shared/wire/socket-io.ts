/**
 * Socket.IO, protocol revision 5: what Engine.IO's messages carry. A digit for the type, `/namespace,` where it is not the
 * main one, an id where an acknowledgement is asked for or given, then JSON: `2/admin,12["foo",1]`.
 */
import { readBoundedJson } from './bounded-json.ts';
import { type Malformed, malformed } from './malformed.ts';

export const MAIN_NAMESPACE = '/';

/** An event's name, then its arguments. A name may be any text, `__proto__` too: never look it up in a plain object. */
export type EventArgs = readonly [name: string | number, ...args: unknown[]];

type Fields = Readonly<Record<string, unknown>>;

export interface Connect {
  readonly kind: 'connect';
  readonly namespace: string;
  /** Of a client its `auth`, with `pid` and `offset` where it recovers; of a server `sid` and `pid`. */
  readonly payload?: Fields;
}

export interface Disconnect {
  readonly kind: 'disconnect';
  readonly namespace: string;
}

export interface Event {
  readonly kind: 'event';
  readonly namespace: string;
  readonly args: EventArgs;
  /** There where its sender waits for an acknowledgement. */
  readonly id?: number;
}

export interface Ack {
  readonly kind: 'ack';
  readonly namespace: string;
  readonly args: readonly unknown[];
  /** Of the event that it answers. */
  readonly id: number;
}

/** Only servers send it. */
export interface ConnectError {
  readonly kind: 'connect-error';
  readonly namespace: string;
  readonly payload: { readonly message: string; readonly data?: unknown };
}

/** An event or an acknowledgement whose attachments follow as binary frames; what it carries is not read. */
export interface Binary {
  readonly kind: 'binary';
  readonly of: 'event' | 'ack';
  readonly namespace: string;
  readonly id?: number;
}

export type ClientPacket = Connect | Disconnect | Event | Ack | Binary;
export type ServerPacket = Connect | Disconnect | Event | Ack | ConnectError;

// --- encode ---

export function encodeSocket(packet: ServerPacket): string {
  const { namespace } = packet;
  switch (packet.kind) {
    case 'connect':
      return text('0', namespace, '', packet.payload);
    case 'disconnect':
      return text('1', namespace, '', undefined);
    case 'event':
      return text('2', namespace, packet.id ?? '', packet.args);
    case 'ack':
      return text('3', namespace, packet.id, packet.args);
    case 'connect-error':
      return text('4', namespace, '', packet.payload);
  }
}

function text(type: string, namespace: string, id: number | '', payload: unknown): string {
  const scope = namespace === MAIN_NAMESPACE ? '' : `${namespace},`;
  return `${type}${scope}${id}${payload === undefined ? '' : JSON.stringify(payload)}`;
}

/**
 * An event of the main namespace with one argument that is JSON already: fan-out makes it once for thousands of sockets.
 * `offset` follows as the last argument; a client that recovers sends the last one back.
 */
export function eventPacket(name: string, payloadJson: string, offset?: string): string {
  const last = offset === undefined ? '' : `,${JSON.stringify(offset)}`;
  return `2[${JSON.stringify(name)},${payloadJson}${last}]`;
}

// --- decode ---

/** Names that mean something to the libraries themselves; the reference implementation takes no event of these either. */
const RESERVED = new Set<unknown>([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]);

export function decodeSocket(packet: string): ClientPacket | Malformed {
  const type = packet.charAt(0);
  switch (type) {
    case '0':
      return readConnect(packet);
    case '1':
      return readDisconnect(packet);
    case '2':
      return readEvent(packet);
    case '3':
      return readAck(packet);
    case '4':
      return malformed('a client sends no CONNECT_ERROR');
    case '5':
    case '6':
      return readBinary(packet, type === '5' ? 'event' : 'ack');
    case '':
      return malformed('the packet is empty');
    default:
      return malformed('the packet has no known type');
  }
}

function readConnect(packet: string): Connect | Malformed {
  const { namespace, rest } = splitNamespace(packet, 1);
  if (rest === '') return { kind: 'connect', namespace };
  const read = readBoundedJson(rest);
  if (read.kind === 'malformed') return read;
  if (!isFields(read.value)) return malformed('the payload of CONNECT is not an object');
  return { kind: 'connect', namespace, payload: read.value };
}

function readDisconnect(packet: string): Disconnect | Malformed {
  const { namespace, rest } = splitNamespace(packet, 1);
  return rest === '' ? { kind: 'disconnect', namespace } : malformed('DISCONNECT has no payload');
}

function readEvent(packet: string): Event | Malformed {
  const read = readList(packet);
  if (read.kind === 'malformed') return read;
  const { namespace, id, items } = read;
  const [name, ...args] = items;
  if (typeof name !== 'string' && typeof name !== 'number') return malformed('the event has no name');
  if (RESERVED.has(name)) return malformed("the event's name is reserved");
  return { kind: 'event', namespace, args: [name, ...args], ...(id !== undefined && { id }) };
}

function readAck(packet: string): Ack | Malformed {
  const read = readList(packet);
  if (read.kind === 'malformed') return read;
  const { namespace, id, items } = read;
  return id === undefined
    ? malformed('the acknowledgement has no id')
    : { kind: 'ack', namespace, args: items, id };
}

function readBinary(packet: string, of: Binary['of']): Binary | Malformed {
  const counted = /^.[1-9]\d*-/.exec(packet);
  if (!counted) return malformed('the binary packet does not count its attachments');
  const { namespace, rest } = splitNamespace(packet, counted[0].length);
  const read = splitId(rest);
  if (read.kind === 'malformed') return read;
  return { kind: 'binary', of, namespace, ...(read.id !== undefined && { id: read.id }) };
}

interface List {
  readonly kind: 'list';
  readonly namespace: string;
  readonly id: number | undefined;
  readonly items: readonly unknown[];
}

function readList(packet: string): List | Malformed {
  const { namespace, rest } = splitNamespace(packet, 1);
  const split = splitId(rest);
  if (split.kind === 'malformed') return split;
  const { id, json } = split;
  const read = readBoundedJson(json);
  if (read.kind === 'malformed') return read;
  if (!Array.isArray(read.value)) return malformed('the payload is not a list');
  return { kind: 'list', namespace, id, items: read.value };
}

/** `from`: where the namespace would begin. Its comma may be missing at the end of the packet. */
function splitNamespace(packet: string, from: number): { namespace: string; rest: string } {
  if (packet.charAt(from) !== '/') return { namespace: MAIN_NAMESPACE, rest: packet.slice(from) };
  const comma = packet.indexOf(',', from);
  const end = comma === -1 ? packet.length : comma;
  return { namespace: packet.slice(from, end), rest: packet.slice(end + 1) };
}

/** Refuses an id that is no safe integer: it could not be given back as it came. */
function splitId(rest: string): { kind: 'split'; id: number | undefined; json: string } | Malformed {
  const digits = /^\d*/.exec(rest)?.[0] ?? '';
  const id = digits === '' ? undefined : Number(digits);
  if (id !== undefined && !Number.isSafeInteger(id)) return malformed('the acknowledgement id is too large');
  return { kind: 'split', id, json: rest.slice(digits.length) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
