/**
 * Opaque tokens: `<kind>_<id>_<secret>`. The id begins with the id of the user whose token it is, so that a token is found
 * by its id alone and a user's tokens lie together: no second index that could lag behind. Only a hash of the secret is
 * kept; a secret of 256 random bits needs no slow one.
 */
import { createHash, randomBytes } from 'node:crypto';

export const tokenKinds = ['hook', 'session', 'ticket'] as const;

export type TokenKind = (typeof tokenKinds)[number];

export interface OpaqueToken {
  readonly kind: TokenKind;
  /** Whom it belongs to: `u` and 20 hexadecimal digits. */
  readonly user: string;
  /** The user's id, `t`, and 16 hexadecimal digits. */
  readonly id: string;
  /** What is kept of the secret. */
  readonly hash: string;
}

const USER = 'u[0-9a-f]{20}';
const ID = `(${USER})t[0-9a-f]{16}`;
const TOKEN = new RegExp(`^(${tokenKinds.join('|')})_(${ID})_([0-9a-f]{64})$`);
const TOKEN_ID = new RegExp(`^${ID}$`);

export function newUserId(): string {
  return `u${randomBytes(10).toString('hex')}`;
}

/** A fresh token, and its text, which nobody but its owner is to have. */
export function newToken(kind: TokenKind, user: string): OpaqueToken & { readonly text: string } {
  const id = `${user}t${randomBytes(8).toString('hex')}`;
  const secret = randomBytes(32).toString('hex');
  return { kind, user, id, hash: hashOf(secret), text: `${kind}_${id}_${secret}` };
}

/** Undefined for a text that no relay ever gave out. */
export function parseToken(text: string): OpaqueToken | undefined {
  const [, prefix, id, user, secret] = TOKEN.exec(text) ?? [];
  const kind = tokenKinds.find((known) => known === prefix);
  if (!kind || id === undefined || user === undefined || secret === undefined) return undefined;
  return { kind, user, id, hash: hashOf(secret) };
}

/** Whose token an id names; undefined for what is no id. */
export function userOf(tokenId: string): string | undefined {
  return TOKEN_ID.exec(tokenId)?.[1];
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
