/** Tokens of peers, as the signaling server of the contract signs them for both ends of a session. */
import { createPublicKey, randomUUID } from 'node:crypto';
import { type SigningKey, secondsFromNow, signBySecret } from './client-tokens.ts';
import type { Cloud } from './cloud.ts';

/** A session that no other test uses. */
export function newSession(prefix = 's'): string {
  return `${prefix}-${randomUUID()}`;
}

/** Without a claim of a session: it opens any. Good for an hour. */
export function peerToken(
  { peerSecret }: Pick<Cloud, 'peerSecret'>,
  claims: Record<string, unknown> = {},
): Promise<string> {
  return signBySecret(peerSecret, { exp: secondsFromNow(3_600), ...claims });
}

/** `session` stands in the path as it is. */
export function relayPath(session: string, token?: string): string {
  return `/relay/${session}${token === undefined ? '' : `?token=${token}`}`;
}

/** A public key as somebody finds it published, in its usual text. */
export function publicPem({ published }: SigningKey): string {
  return createPublicKey({ key: { ...published }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString();
}
