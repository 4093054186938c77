/**
 * Client tokens: JSON Web Tokens by which an application's own server lets a client have certain channels. Their claim
 * `channels` lists them, each by its name, or by how it begins with a `*` behind that.
 */
import type { JWTPayload } from 'jose';
import { endOf, type KeySet, payloadByKeySet, payloadBySecrets } from './jwt.ts';

export interface ClientToken {
  readonly channels: readonly string[];
  /** When it expires, epoch milliseconds. */
  readonly until?: number;
}

/** `secrets`: every value that is valid at the moment. `now`: epoch milliseconds. Undefined where none of them opens it. */
export async function verifyBySecrets(
  token: string,
  secrets: readonly string[],
  now: number,
): Promise<ClientToken | undefined> {
  return readClaims(await payloadBySecrets(token, secrets, now));
}

/** Throws what the key set throws. */
export async function verifyByKeySet(
  token: string,
  keys: KeySet,
  now: number,
): Promise<ClientToken | undefined> {
  return readClaims(await payloadByKeySet(token, keys, now));
}

/** Whether names of channels, as a token has them, cover this channel. A `*` that is not the last character is itself. */
export function covers(channels: readonly string[], channel: string): boolean {
  return channels.some((name) =>
    name.endsWith('*') ? channel.startsWith(name.slice(0, -1)) : channel === name,
  );
}

function readClaims(payload: JWTPayload | undefined): ClientToken | undefined {
  if (!payload || !isTextList(payload.channels)) return undefined;
  const until = endOf(payload);
  if (until === 'wrong') return undefined;
  return { channels: payload.channels, ...(until !== undefined && { until }) };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
