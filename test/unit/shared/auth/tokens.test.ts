import { describe, expect, it } from 'vitest';
import { newToken, newUserId, type TokenKind } from '../../../../shared/auth/opaque-token.ts';
import { Rates } from '../../../../shared/auth/rate.ts';
import { admit, type TokenRecord, type Tokens, tooMany } from '../../../../shared/auth/tokens.ts';
import { MemoryBucket } from '../../../support/memory-bucket.ts';

const clock = { now: 1_700_000_000_000 };
const notAsked = () => Promise.reject(new Error('nobody needs this to let a token in'));

/** Tokens that open something until they are revoked, and whoever lets them in. */
function gate() {
  const buckets = new Map<string, MemoryBucket<TokenRecord>>();
  const nobodys: MemoryBucket<TokenRecord>[] = [];
  const tokens: Tokens = {
    put: notAsked,
    get: notAsked,
    list: notAsked,
    delete: notAsked,
    isActive: notAsked,
    bucketOf({ kind, id, hash }) {
      const known = buckets.get(`${kind} ${id} ${hash}`);
      if (known) return known;
      const record: TokenRecord = { id, user: 'nobody', kind: 'hook', scopes: [], createdAt: 0, exp: 0 };
      const bucket = new MemoryBucket(record);
      bucket.isGone = true;
      nobodys.push(bucket);
      return bucket;
    },
  };
  const rates = new Rates({ perSecond: 1, burst: 3 }, () => clock.now);
  return {
    nobodys,
    let: (shown: string | undefined, ...kinds: TokenKind[]) => admit(tokens, rates, shown, kinds),
    issue(kind: TokenRecord['kind']) {
      const { text, user, id, hash } = newToken(kind, newUserId());
      const record: TokenRecord = {
        id,
        user,
        kind,
        scopes: [],
        createdAt: 1_700_000_000,
        exp: 1_800_000_000,
      };
      const bucket = new MemoryBucket(record);
      buckets.set(`${kind} ${id} ${hash}`, bucket);
      return { text, record, bucket };
    },
  };
}

const unauthorized = (message: string) => ({
  code: 'unauthorized',
  message: `The bearer token ${message}.`,
  errors: [{ field: 'header Authorization', message }],
});

describe('a token', () => {
  it.each(['hook', 'session'] as const)('of a kind that is asked for is let in: %s', async (kind) => {
    const at = gate();
    const { text, record } = at.issue(kind);
    expect(await at.let(text, kind)).toEqual(record);
    expect(await at.let(text, 'session', 'hook')).toEqual(record);
  });

  it('that is missing is a 401', async () => {
    await expect(gate().let(undefined, 'hook')).rejects.toMatchObject(unauthorized('is missing'));
  });

  it.each(['', 'x', 'dev-secret', ' ', '\u{1F600}', 'x'.repeat(10_240)])(
    'that no relay gave out is a 401, and nothing is asked of the table: %j',
    async (shown) => {
      const at = gate();
      await expect(at.let(shown, 'hook')).rejects.toMatchObject(unauthorized('is wrong'));
      expect(at.nobodys).toEqual([]);
    },
  );

  it('that is a ticket is a 401, also where tickets are named among what is taken', async () => {
    const at = gate();
    const { text } = newToken('ticket', newUserId());
    await expect(at.let(text, 'session', 'hook')).rejects.toMatchObject(unauthorized('is wrong'));
    await expect(at.let(text, 'ticket')).rejects.toMatchObject(unauthorized('is wrong'));
    expect(at.nobodys).toEqual([]);
  });

  const gone = unauthorized('is wrong, has expired or was revoked');

  it('that is well formed and nobody’s is a 401', async () => {
    await expect(gate().let(newToken('hook', newUserId()).text, 'hook')).rejects.toMatchObject(gone);
  });

  it('with another secret is a 401', async () => {
    const at = gate();
    const { text } = at.issue('hook');
    const other = newToken('hook', newUserId()).text;
    const forged = `${text.slice(0, -64)}${other.slice(-64)}`;
    await expect(at.let(forged, 'hook')).rejects.toMatchObject(gone);
  });

  it('under the name of another kind is a 401', async () => {
    const at = gate();
    const { text } = at.issue('hook');
    const renamed = text.replace('hook', 'session');
    await expect(at.let(renamed, 'session')).rejects.toMatchObject(gone);
    await expect(at.let(renamed, 'session', 'hook')).rejects.toMatchObject(gone);
  });

  it.each([
    ['hook', 'session', 'is a hook token; a session token is taken here'],
    ['session', 'hook', 'is a session token; a hook token is taken here'],
  ] as const)('of the kind %s where %s is taken is a 403', async (kind, taken, message) => {
    const at = gate();
    const { text } = at.issue(kind);
    await expect(at.let(text, taken)).rejects.toMatchObject({
      code: 'forbidden',
      errors: [{ field: 'header Authorization', message }],
    });
  });

  it('of another kind that opens nothing any more is a 401, not a 403', async () => {
    const at = gate();
    const { text, bucket } = at.issue('hook');
    bucket.isGone = true;
    await expect(at.let(text, 'session')).rejects.toMatchObject(gone);
  });

  it('that was let in and is revoked is a 401 from then on', async () => {
    const at = gate();
    const { text, bucket } = at.issue('hook');
    await at.let(text, 'hook');
    bucket.isGone = true;
    await expect(at.let(text, 'hook')).rejects.toMatchObject(gone);
  });

  it('beyond its rate is a 429 that says when to come back; another of the same user is not', async () => {
    const at = gate();
    const { text } = at.issue('hook');
    for (let n = 0; n < 3; n += 1) await at.let(text, 'hook');
    await expect(at.let(text, 'hook')).rejects.toMatchObject({
      code: 'too-many',
      message: 'More requests than the relay takes of this token.',
      errors: [],
      headers: { 'retry-after': '1' },
    });
    await at.let(at.issue('hook').text, 'hook');
  });

  it('of a kind that is not taken uses up its rate like any other call', async () => {
    const at = gate();
    const { text } = at.issue('hook');
    for (let n = 0; n < 3; n += 1)
      await expect(at.let(text, 'session')).rejects.toMatchObject({ code: 'forbidden' });
    await expect(at.let(text, 'session')).rejects.toMatchObject({ code: 'too-many' });
  });

  it('is not held to a rate by those who do not know its secret', async () => {
    const at = gate();
    const { text } = at.issue('hook');
    const forged = `${text.slice(0, -64)}${'0'.repeat(64)}`;
    for (let n = 0; n < 10; n += 1)
      await expect(at.let(forged, 'hook')).rejects.toMatchObject({ code: 'unauthorized' });
    for (let n = 0; n < 3; n += 1) await at.let(text, 'hook');
  });

  it('is in no refusal', async () => {
    const at = gate();
    const { text, record } = at.issue('hook');
    const shown = [text, text.replace('hook', 'session'), `${text}x`];
    for (const each of shown) {
      const error: unknown = await at.let(each, 'session').catch((thrown: unknown) => thrown);
      const said = JSON.stringify([error, String(error)]);
      expect(said).toContain('bearer token');
      expect(said).not.toContain(text.slice(-64));
      expect(said).not.toContain(record.id);
    }
  });
});

describe('too many requests', () => {
  it.each([1, 3_600])('may be made again in %i s', (seconds) => {
    expect(tooMany('this address', seconds)).toMatchObject({
      code: 'too-many',
      message: 'More requests than the relay takes of this address.',
      headers: { 'retry-after': String(seconds) },
    });
  });
});
