import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newToken, newUserId, parseToken, tokenKinds, userOf } from '../../../../shared/auth/opaque-token.ts';

const user = `u${'0123456789'.repeat(2)}`;
const id = `${user}t0123456789abcdef`;
const secret = '0123456789abcdef'.repeat(4);
const good = `hook_${id}_${secret}`;

describe('a new token', () => {
  it.each(tokenKinds)('of kind %s has its kind, its id and its secret in its text', (kind) => {
    const { text, ...token } = newToken(kind, user);
    expect(text).toMatch(new RegExp(`^${kind}_${user}t[0-9a-f]{16}_[0-9a-f]{64}$`));
    expect(token).toMatchObject({ kind, user });
    expect(token.id).toBe(text.split('_')[1]);
  });

  it.each(tokenKinds)('of kind %s is read as what it is', (kind) => {
    const { text, ...token } = newToken(kind, newUserId());
    expect(parseToken(text)).toEqual(token);
  });

  it('keeps of its secret nothing but a hash, which is not the secret in another form', () => {
    const { text, hash, ...kept } = newToken('hook', user);
    const shown = text.split('_')[2] ?? '';
    expect(hash).toBe(createHash('sha256').update(shown).digest('base64url'));
    expect(JSON.stringify(kept)).not.toContain(shown);
    expect(Buffer.from(hash, 'base64url').equals(Buffer.from(shown, 'hex'))).toBe(false);
  });

  it('shares with the others of its user only the user', () => {
    const all = Array.from({ length: 1_000 }, () => newToken('hook', user));
    for (const part of ['id', 'hash', 'text'] as const)
      expect(new Set(all.map((token) => token[part])).size).toBe(1_000);
    // 80 bits of a secret in common with the id or with another secret would show that one is made of the other.
    const parts = all.flatMap(({ text }) => text.slice(text.indexOf('t', 6) + 1).split('_'));
    const pieces = parts.flatMap((part) => part.match(/.{16}/g) ?? []);
    expect(new Set(pieces).size).toBe(5_000);
  });
});

describe('a new user', () => {
  it('has an id of its own', () => {
    const ids = Array.from({ length: 1_000 }, newUserId);
    expect(new Set(ids).size).toBe(1_000);
    for (const each of ids) expect(each).toMatch(/^u[0-9a-f]{20}$/);
  });
});

describe('a text', () => {
  it('that a relay gave out is read', () => {
    const hash = createHash('sha256').update(secret).digest('base64url');
    expect(parseToken(good)).toEqual({ kind: 'hook', user, id, hash });
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['an underscore', '_'],
    ['two underscores', '__'],
    ['an id alone', id],
    ['a secret alone', secret],
    ['no kind', `_${id}_${secret}`],
    ['no kind and no underscore', `${id}_${secret}`],
    ['an unknown kind', `bearer_${id}_${secret}`],
    ['a kind that every object has', `toString_${id}_${secret}`],
    ['two kinds', `hook_session_${id}_${secret}`],
    ['a kind in upper case', `HOOK_${id}_${secret}`],
    ['an id in upper case', `hook_${id.toUpperCase()}_${secret}`],
    ['a secret in upper case', `hook_${id}_${secret.toUpperCase()}`],
    ['a user one digit short', `hook_${id.replace('u0', 'u')}_${secret}`],
    ['a user one digit long', `hook_${id.replace('u0', 'u00')}_${secret}`],
    ['an id one digit short', `hook_${id.slice(0, -1)}_${secret}`],
    ['an id one digit long', `hook_${id}0_${secret}`],
    ['an id that is a user', `hook_${user}_${secret}`],
    ['a secret one digit short', good.slice(0, -1)],
    ['a secret one digit long', `${good}0`],
    ['an empty secret', `hook_${id}_`],
    ['no secret', `hook_${id}`],
    ['a digit that is none', `${good.slice(0, -1)}g`],
    ['a blank before it', ` ${good}`],
    ['a blank behind it', `${good} `],
    ['a line feed behind it', `${good}\n`],
    ['a line before it', `x\n${good}`],
    ['a blank in it', good.replace('_', '_ ')],
    ['a NUL behind it', `${good}\u0000`],
    ['a dash for an underscore', good.replaceAll('_', '-')],
    ['full-width digits', good.replace('0', '\uff10')],
    ['an umlaut', good.replace('a', '\u00e4')],
    ['an emoji', `${good}\u{1F600}`],
    ['half a surrogate pair', `${good.slice(0, -1)}\ud800`],
    ['a quoted token', `"${good}"`],
    ['a token twice', good + good],
    ['10 KB', 'x'.repeat(10_240)],
    ['a secret of 10 KB', `hook_${id}_${'a'.repeat(10_240)}`],
    ['10 KB of kinds', 'hook_'.repeat(2_048)],
  ])('that no relay gave out is not read: %s', (_title, text) => {
    expect(parseToken(text)).toBeUndefined();
  });
});

describe("a token's id", () => {
  it('tells whose it is', () => {
    expect(userOf(id)).toBe(user);
    expect(userOf(newToken('session', user).id)).toBe(user);
  });

  it.each([
    '',
    'u',
    user,
    good,
    id.slice(1),
    id.slice(0, -1),
    `${id}0`,
    ` ${id}`,
    `${id}\n`,
    id.toUpperCase(),
    id.replace('t', 'x'),
    `${user}#t0123456789abcdef`,
    '__proto__',
    '\u{1F600}',
    'u'.repeat(10_240),
  ])('is not %j', (text) => {
    expect(userOf(text)).toBeUndefined();
  });
});
