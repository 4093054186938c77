/**
 * What a front end of mesh jobs connects with and what it is told: socket.io's client in two versions, where it connects to, and
 * the events and answers that it gets.
 */
import { io } from 'socket.io-client';
import { io as io40 } from 'socket.io-client-4.0';
import { secondsFromNow, signBySecret } from './client-tokens.ts';
import type { Cloud } from './cloud.ts';

export const CLIENTS = { '4.8': io, '4.0': io40 } as const;
export type ClientVersion = keyof typeof CLIENTS;

/** One argument, the payload, and with recovery the offset behind it. */
export interface MeshEvent {
  readonly name: string;
  readonly payload: MeshPayload;
  /** What came behind the payload. */
  readonly rest: readonly unknown[];
  /**
   * It arrived in the moment of a cut, and the client handed it out once it was back. It has asked for it again by then: it takes note
   * of what it got only as it hands it out.
   */
  readonly isLate?: true;
}

export interface MeshPayload {
  readonly id: string;
  readonly seq: number;
  readonly ids: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface JoinAnswer {
  readonly ok: boolean;
  readonly room?: string;
  readonly head?: string;
  readonly recovered?: boolean;
  readonly error?: string;
}

export interface ConnectError {
  readonly message: string;
  readonly data: unknown;
}

export interface MeshClientOptions {
  readonly version?: ClientVersion;
  readonly path?: '/socket.io/' | '/socket.io';
  readonly namespace?: string;
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly headers?: Record<string, string>;
  /** Such as `{room: 'project_7'}`. */
  readonly query?: Readonly<Record<string, string>>;
  /** Whether it joins its rooms again by itself. */
  readonly rejoins?: boolean;
}

type Listener = (...args: never[]) => void;

/** What the two versions have in common; their own types have nothing to do with each other. */
export interface IoSocket {
  readonly id?: string;
  readonly connected: boolean;
  readonly recovered?: boolean;
  readonly io: {
    reconnection(isOn: boolean): unknown;
    readonly engine: {
      close(): unknown;
      on(name: string, listener: Listener): unknown;
      readonly transport: { readonly ws?: { terminate(): void } };
    };
    on(name: string, listener: Listener): unknown;
  };
  on(name: string, listener: Listener): unknown;
  onAny(listener: (name: string, ...args: unknown[]) => void): unknown;
  emit(name: string, ...args: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
}

/** What a client of this cloud shows when it connects. */
export async function authOf({
  clientJwtSecret,
}: Pick<Cloud, 'clientJwtSecret'>): Promise<{ token?: string }> {
  if (clientJwtSecret === undefined) return {};
  return { token: await signBySecret(clientJwtSecret, { channels: ['*'], exp: secondsFromNow(3_600) }) };
}

/** How socket.io's client is told of an address: its `path` is the URL's own, and the rest is the query. */
export function address(
  cloud: Pick<Cloud, 'socketUrl'>,
  path: string,
  query: Readonly<Record<string, string>>,
) {
  const url = new URL(cloud.socketUrl(path));
  return {
    origin: url.origin,
    path: url.pathname,
    query: { ...Object.fromEntries(url.searchParams), ...query },
    addTrailingSlash: url.pathname.endsWith('/'),
  };
}
