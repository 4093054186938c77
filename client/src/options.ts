/** What `connect` takes, checked once: a contradiction is thrown at the caller, who can mend it. */

import { type Cursor, parseCursor } from './cursor.ts';
import type { FetchLike, SocketConstructor } from './link.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';

export interface Clock {
  now(): number;
  /** Calls back once, after `ms`; the result takes it back. */
  after(ms: number, run: () => void): () => void;
}

export interface TokenRequest {
  /** The last handshake failed and it may have been for the token: a kept one should not be given again. */
  readonly refused: boolean;
  /** Aborted when the stream is closed or the attempt has been given up. */
  readonly signal: AbortSignal;
}

export type TokenSource = (request: TokenRequest) => string | undefined | Promise<string | undefined>;

export interface ConnectOptions extends Partial<Policy> {
  /** The surface's WebSocket URL, `wss:` or `https:`, with its query. */
  readonly url: string | URL;
  /** The surface's SSE URL. Without it there is no fallback. */
  readonly sse?: string | URL | undefined;
  readonly token?: string | TokenSource | undefined;
  /** The cursor to go on from: the `id` of the last event that was dealt with. Without it the stream begins now. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How many events wait for a slow `for await` until the connection is given up for a while. */
  readonly buffer?: number | undefined;
  /** For tests and for places without the standard ones. */
  readonly WebSocket?: SocketConstructor | undefined;
  readonly fetch?: FetchLike | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
}

export interface Config {
  readonly url: string;
  readonly sse: URL | undefined;
  readonly token: TokenSource;
  readonly after: Cursor | null;
  readonly buffer: number;
  readonly policy: Policy;
  readonly WebSocket: SocketConstructor;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly random: () => number;
}

const CLOCK: Clock = {
  // Not the wall clock, which can be set back.
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

function parseUrl(name: string, value: string | URL, scheme: 'ws' | 'http'): URL {
  // Relative to the page, where there is one.
  const { location } = globalThis as { location?: { href: string } };
  const url = new URL(value, location?.href);
  if (!/^(ws|http)s?:$/.test(url.protocol))
    throw new TypeError(`${name}: ${url.protocol} is no scheme for it`);
  url.protocol = url.protocol.replace(/^(ws|http)/, scheme);
  url.hash = '';
  return url;
}

/** What may stand in a subprotocol (and so in `bearer.<token>`): RFC 9110, token. */
export function isToken(text: unknown): text is string {
  return typeof text === 'string' && /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text);
}

function readPolicy(options: ConnectOptions): Policy {
  const policy: Record<string, number> = { ...DEFAULT_POLICY };
  for (const name of Object.keys(DEFAULT_POLICY) as (keyof Policy)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!(Number.isFinite(value) && value > 0)) throw new TypeError(`${name}: must be a number above 0`);
    policy[name] = value;
  }
  return policy as unknown as Policy;
}

export function readOptions(options: ConnectOptions): Config {
  const { token, after, buffer = 1_000 } = options;
  const cursor = after === undefined ? null : parseCursor(after);
  if (cursor === undefined) throw new TypeError('after: is no cursor');
  if (!(Number.isInteger(buffer) && buffer > 0))
    throw new TypeError('buffer: must be a whole number above 0');
  if (typeof token === 'string' && !isToken(token)) {
    throw new TypeError('token: has characters that no handshake can carry');
  }
  const Socket = options.WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (!Socket) throw new TypeError('WebSocket: there is none here; pass one');
  return {
    url: parseUrl('url', options.url, 'ws').href,
    sse: options.sse === undefined ? undefined : parseUrl('sse', options.sse, 'http'),
    token: typeof token === 'function' ? token : () => token,
    after: cursor,
    buffer,
    policy: readPolicy(options),
    WebSocket: Socket,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock: options.clock ?? CLOCK,
    random: options.random ?? Math.random,
  };
}
