import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTickets } from '../../../../../shared/adapters/dynamodb/tickets.ts';
import { newToken, newUserId, type OpaqueToken } from '../../../../../shared/auth/opaque-token.ts';
import { redeem, type Tickets } from '../../../../../shared/auth/tickets.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

// The table never deletes anything here: whatever has expired is still there, as it may be for days on DynamoDB.
let local: LocalTable;
let tickets: Tickets;
beforeAll(async () => {
  local = await openLocalTable(3_600);
  tickets = makeTickets(local.table);
});
afterAll(() => local.close());

const second = 1_000;

/** A ticket of the session `session-1` for half a minute. */
async function issue(): Promise<ReturnType<typeof newToken>> {
  const ticket = newToken('ticket', newUserId());
  await tickets.put(ticket, 'session-1', local.clock.now + 30 * second);
  return ticket;
}

const onSocket = (ticket: OpaqueToken, by: string) => tickets.use(ticket, 'socket', by);
/** As `redeem` uses it, with the longest time that its stream may take. */
const onStream = (ticket: OpaqueToken, by: string) =>
  tickets.use(ticket, 'stream', by, local.clock.now + 140 * second);

describe('a ticket', () => {
  it.each([
    ['a socket', onSocket],
    ['a stream', onStream],
  ])('opens %s by the session that it came from', async (_title, use) => {
    expect(await use(await issue(), 'a')).toBe('session-1');
  });

  it('opens one of two sockets at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ticket = await issue();
      const uses = await Promise.all([onSocket(ticket, 'a'), onSocket(ticket, 'b')]);
      expect(uses.filter((use) => use === 'session-1')).toHaveLength(1);
      expect(uses.filter((use) => use === undefined)).toHaveLength(1);
    }
  });

  it('opens a socket or a stream of two at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const ticket = await issue();
      const uses = await Promise.all([onSocket(ticket, 'a'), onStream(ticket, 'b')]);
      expect(uses.filter((use) => use === 'session-1')).toHaveLength(1);
    }
  });

  it('that opened a socket opens no other, but the same use may be written again', async () => {
    const ticket = await issue();
    expect(await onSocket(ticket, 'a')).toBe('session-1');
    expect(await onSocket(ticket, 'a')).toBe('session-1');
    expect(await onSocket(ticket, 'b')).toBeUndefined();
    expect(await onSocket(ticket, 'a')).toBe('session-1');
  });

  it('that opened a socket opens no stream, and the socket may still be written again', async () => {
    const ticket = await issue();
    await onSocket(ticket, 'a');
    expect(await onStream(ticket, 'b')).toBeUndefined();
    expect(await onSocket(ticket, 'a')).toBe('session-1');
  });

  it('that opened a stream opens no socket, but any stream', async () => {
    const ticket = await issue();
    expect(await onStream(ticket, 'a')).toBe('session-1');
    expect(await onSocket(ticket, 'b')).toBeUndefined();
    expect(await onStream(ticket, 'c')).toBe('session-1');
    expect(await onStream(ticket, 'a')).toBe('session-1');
  });

  it.each([
    ['a socket', onSocket],
    ['a stream', onStream],
  ])('that waits too long opens not even %s', async (_title, use) => {
    const [early, late] = [await issue(), await issue()];
    local.clock.now += 30 * second - 1;
    expect(await use(early, 'a')).toBe('session-1');
    local.clock.now += 1;
    expect(await use(late, 'a')).toBeUndefined();
  });

  it('opens nothing with another secret, and is not used up by that', async () => {
    const ticket = await issue();
    const forged = { ...ticket, hash: newToken('ticket', ticket.user).hash };
    expect(await onSocket(forged, 'a')).toBeUndefined();
    expect(await onStream(forged, 'a')).toBeUndefined();
    expect(await onSocket(ticket, 'a')).toBe('session-1');
  });

  it('that nobody issued opens nothing, and asking after it leaves nothing behind', async () => {
    const before = await local.items();
    const nobodys = newToken('ticket', newUserId());
    expect(await onSocket(nobodys, 'a')).toBeUndefined();
    expect(await onStream(nobodys, 'a')).toBeUndefined();
    await tickets.endAt(nobodys, 'a', local.clock.now + second);
    expect(await local.items()).toEqual(before);
  });
});

describe('a ticket of streams', () => {
  it('opens them until the end that its last stream has set', async () => {
    const ticket = await issue();
    await onStream(ticket, 'a');
    local.clock.now += 60 * second;
    await tickets.endAt(ticket, 'a', local.clock.now + 60 * second);
    local.clock.now += 60 * second - 1;
    expect(await onStream(ticket, 'b')).toBe('session-1');
    await tickets.endAt(ticket, 'b', local.clock.now + 60 * second);
    local.clock.now += 60 * second;
    expect(await onStream(ticket, 'c')).toBeUndefined();
  });

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('has its end set by the last of its streams to end: %s, then %s', async (first, last) => {
    const ticket = await issue();
    await onStream(ticket, 'a');
    await onStream(ticket, 'b');
    await tickets.endAt(ticket, first, local.clock.now);
    expect(await onStream(ticket, 'c')).toBe('session-1');
    await tickets.endAt(ticket, 'c', local.clock.now);
    await tickets.endAt(ticket, last, local.clock.now);
    expect(await onStream(ticket, 'd')).toBeUndefined();
  });

  it('has its end set once by each: a stream that ends again changes nothing', async () => {
    const ticket = await issue();
    await onStream(ticket, 'a');
    await tickets.endAt(ticket, 'a', local.clock.now + 60 * second);
    await tickets.endAt(ticket, 'a', local.clock.now);
    expect(await onStream(ticket, 'b')).toBe('session-1');
  });

  it('ends by itself where its stream never said that it had ended', async () => {
    const ticket = await issue();
    await onStream(ticket, 'crashed');
    local.clock.now += 140 * second - 1;
    expect(await onStream(ticket, 'next')).toBe('session-1');
    local.clock.now += 140 * second;
    expect(await onStream(ticket, 'late')).toBeUndefined();
  });

  it('is redeemed again and again, minute by minute', async () => {
    const { text } = await issue();
    for (let round = 0; round < 5; round += 1) {
      const used = await redeem(tickets, text, 'stream', `stream-${round}`, () => local.clock.now);
      expect(used.token).toBe('session-1');
      local.clock.now += 60 * second;
      await used.ended();
      local.clock.now += 59 * second;
    }
    local.clock.now += second;
    await expect(redeem(tickets, text, 'stream', 'late', () => local.clock.now)).rejects.toMatchObject({
      code: 'unauthorized',
    });
  });

  it('is not deleted by DynamoDB before its end', async () => {
    const ticket = await issue();
    const item = async () => (await local.items()).find(({ sk }) => sk?.S?.endsWith(ticket.id));
    const isKept = async () => {
      const { exp, until } = (await item()) ?? {};
      return Number(exp?.N) * second >= Number(until?.N);
    };
    expect(await isKept()).toBe(true);
    local.clock.now += 29 * second + 1;
    await onStream(ticket, 'a');
    expect(await isKept()).toBe(true);
    // The latest moment at which the stream can end.
    await tickets.endAt(ticket, 'a', local.clock.now + 140 * second);
    expect(await isKept()).toBe(true);
  });
});
