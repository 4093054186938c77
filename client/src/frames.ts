/** The frames of `relay.v1`: text in, plain values out. What cannot be read is a value too, never a throw. */

import { type Cursor, formatCursor, parseCursor } from './cursor.ts';

export interface RelayEvent {
  /** The event's cursor: good for `after`. */
  readonly id: string;
  readonly seq: number;
  readonly [field: string]: unknown;
}

export interface Entry {
  readonly at: Cursor;
  readonly event: RelayEvent;
}

export type Frame =
  | { readonly kind: 'event'; readonly entry: Entry }
  | { readonly kind: 'ready'; readonly head: Cursor; readonly recovered: boolean | null }
  /** A part of an answer: every number after `after`, up to `head` or else the last entry, is here or is void. */
  | {
      readonly kind: 'events';
      readonly after: Cursor | undefined;
      readonly entries: readonly Entry[];
      readonly head: Cursor | undefined;
      readonly recovered: boolean;
    }
  /** `pong` and `heartbeat`. */
  | { readonly kind: 'head'; readonly head: Cursor }
  /** SSE: the stream follows on this cursor; everything up to it has been sent, is void or is not to be had. */
  | { readonly kind: 'place'; readonly at: Cursor }
  /** The gateway's own words: our message led nowhere. */
  | { readonly kind: 'failed' }
  | { readonly kind: 'refused'; readonly error: string }
  /** A sign of life and nothing more: frames of a later protocol, comments. */
  | { readonly kind: 'other' }
  | { readonly kind: 'malformed'; readonly text: string };

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toEntry(value: unknown): Entry | undefined {
  const at = isFields(value) ? parseCursor(value.id) : undefined;
  return at && isFields(value) && value.seq === at.seq ? { at, event: value as RelayEvent } : undefined;
}

function toAnswer(fields: Fields): Frame | undefined {
  if (!Array.isArray(fields.events)) return undefined;
  const entries = fields.events.map(toEntry).filter((entry) => entry !== undefined);
  const head = parseCursor(fields.head);
  if (entries.length < fields.events.length || (fields.head !== undefined && !head)) return undefined;
  const after = parseCursor(fields.after);
  return { kind: 'events', after, entries, head, recovered: fields.recovered !== false };
}

function toFrame(fields: Fields): Frame | undefined {
  // The relay's own frames never have a `seq`; an event may have any `type`.
  if ('seq' in fields) {
    const entry = toEntry(fields);
    return entry && { kind: 'event', entry };
  }
  const head = parseCursor(fields.head);
  switch (fields.type) {
    case 'ready': {
      const recovered = typeof fields.recovered === 'boolean' ? fields.recovered : null;
      return head && { kind: 'ready', head, recovered };
    }
    case 'events':
      return toAnswer(fields);
    case 'pong':
    case 'heartbeat':
      return head && { kind: 'head', head };
    case 'error':
      return { kind: 'refused', error: String(fields.error) };
    case undefined:
      return 'message' in fields && 'requestId' in fields ? { kind: 'failed' } : { kind: 'other' };
    default:
      return { kind: 'other' };
  }
}

export function decodeFrame(text: string): Frame {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON: said below, with the text.
  }
  return (isFields(value) && toFrame(value)) || { kind: 'malformed', text: text.slice(0, 200) };
}

export type Request =
  | { readonly action: 'start'; readonly after?: Cursor | undefined }
  | { readonly action: 'resume'; readonly after: Cursor }
  | { readonly action: 'ping' };

export function encodeRequest(request: Request): string {
  const after = 'after' in request && request.after ? formatCursor(request.after) : undefined;
  return JSON.stringify({ action: request.action, after });
}
