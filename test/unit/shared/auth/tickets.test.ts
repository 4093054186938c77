import { describe, expect, it } from 'vitest';
import { newToken, newUserId } from '../../../../shared/auth/opaque-token.ts';
import { redeem, type Tickets } from '../../../../shared/auth/tickets.ts';

const start = 1_700_000_000_000;

/** Tickets that all open, or none does; every call is noted. */
function noting(token: string | undefined) {
  const calls: unknown[][] = [];
  const tickets: Tickets = {
    put: () => Promise.reject(new Error('nobody issues a ticket here')),
    async use({ id, hash }, ...rest) {
      calls.push(['use', id, hash, ...rest]);
      return token;
    },
    async endAt({ id }, ...rest) {
      calls.push(['endAt', id, ...rest]);
    },
  };
  return { tickets, calls };
}

const message = 'is wrong, was used or has run out';
const refused = {
  code: 'unauthorized',
  message: `The ticket ${message}.`,
  errors: [{ field: 'query ticket', message }],
};

describe('a ticket', () => {
  it('that opens a socket says by which session', async () => {
    const { tickets, calls } = noting('session-1');
    const { text, id, hash } = newToken('ticket', newUserId());
    const used = await redeem(tickets, text, 'socket', 'me', () => start);
    expect(used).toMatchObject({ token: 'session-1' });
    // Its end stands as it was issued: a socket's use is its last.
    expect(calls).toEqual([['use', id, hash, 'socket', 'me', undefined]]);
  });

  it('that opens a stream holds longer than the stream can, and for a minute after its end', async () => {
    const clock = { now: start };
    const { tickets, calls } = noting('session-1');
    const { text, id, hash } = newToken('ticket', newUserId());
    const used = await redeem(tickets, text, 'stream', 'me', () => clock.now);
    expect(used).toMatchObject({ token: 'session-1' });
    expect(calls).toEqual([['use', id, hash, 'stream', 'me', start + 80_000 + 60_000]]);
    clock.now += 42_000;
    await used.ended();
    expect(calls[1]).toEqual(['endAt', id, 'me', start + 42_000 + 60_000]);
  });

  it('that is well formed and does not open is a 401', async () => {
    const { tickets, calls } = noting(undefined);
    const { text } = newToken('ticket', newUserId());
    await expect(redeem(tickets, text, 'socket', 'me', () => start)).rejects.toMatchObject(refused);
    expect(calls).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no token', 'x'],
    ['a session', newToken('session', newUserId()).text],
    ['a hook token', newToken('hook', newUserId()).text],
    ['a ticket with a blank', `${newToken('ticket', newUserId()).text} `],
    ['10 KB', 'x'.repeat(10_240)],
  ])('that is none is a 401, and nothing is asked of the table: %s', async (_title, shown) => {
    const { tickets, calls } = noting('session-1');
    for (const on of ['socket', 'stream'] as const)
      await expect(redeem(tickets, shown, on, 'me', () => start)).rejects.toMatchObject(refused);
    expect(calls).toEqual([]);
  });
});
