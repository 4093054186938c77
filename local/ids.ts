/**
 * Identifiers in the form that AWS gives them. Connection, message and request ids are eleven random bytes in base64 with the
 * padding kept: the trailing "=" is what makes callers who forget to URL-encode an id fail here as they would there.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';

export function toArn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

export function newGatewayId(): string {
  return `${randomBytes(11).toString('base64url')}=`;
}

export function newRequestId(): string {
  return randomUUID();
}

/** An API id (ten characters) is the same at each start, so that URLs in a shell history keep working. */
export function toApiId(seed: string): string {
  return toId(seed, 10);
}

export function toUrlId(seed: string): string {
  return toId(seed, 32);
}

function toId(seed: string, length: number): string {
  const digest = createHash('sha256').update(seed).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(0, length);
}

export function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}

/** API Gateway's `requestTime`, in the common log format: 20/Jan/2024:11:55:08 +0000. */
export function toRequestTime(epochMs: number): string {
  const at = new Date(epochMs);
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(at.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${time} +0000`;
}
