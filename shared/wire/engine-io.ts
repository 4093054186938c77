/**
 * Engine.IO, protocol revision 4, over WebSocket: one packet a text frame, a digit for its type and then its data. Its
 * binary frames never come here, and base64 (`b…`) is of long-polling: neither is read.
 */
import { type Malformed, malformed } from './malformed.ts';

/** In the order of their digits. */
const KINDS = ['open', 'close', 'ping', 'pong', 'message', 'upgrade', 'noop'] as const;

export interface EnginePacket {
  readonly kind: (typeof KINDS)[number];
  /** Empty where there is none. */
  readonly data: string;
}

export interface Handshake {
  /** The session, not to be taken for the id of a connection to a namespace. */
  readonly sid: string;
  /** The client gives up when no ping has come within both. Their sum is a timer of the client: less than 2^31. */
  readonly pingIntervalMs: number;
  readonly pingTimeoutMs: number;
  /** Largest packet that is taken, bytes. */
  readonly maxPayload: number;
}

export function encodeEngine({ kind, data }: EnginePacket): string {
  return `${KINDS.indexOf(kind)}${data}`;
}

export function decodeEngine(text: string): EnginePacket | Malformed {
  if (text === '') return malformed('the packet is empty');
  const digit = text.charAt(0);
  if (digit === 'b') return malformed('binary data is not taken');
  const kind = /[0-9]/.test(digit) ? KINDS[Number(digit)] : undefined;
  return kind === undefined ? malformed('the packet has no known type') : { kind, data: text.slice(1) };
}

/** The server's first packet. No upgrades: a WebSocket is as far as it goes. */
export function openPacket({ sid, pingIntervalMs, pingTimeoutMs, maxPayload }: Handshake): string {
  const data = { sid, upgrades: [], pingInterval: pingIntervalMs, pingTimeout: pingTimeoutMs, maxPayload };
  return encodeEngine({ kind: 'open', data: JSON.stringify(data) });
}
