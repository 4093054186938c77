/** What every store must do, whatever it is made of. Each test has a channel of its own. */
import { describe, expect, it } from 'vitest';
import type {
  Claim,
  Connection,
  EventLog,
  Membership,
  Places,
  Revocable,
} from '../../../shared/core/ports.ts';
import type { Revocations } from '../../../shared/core/revoke.ts';
import { type RoomStore, roomsConformance } from './rooms-conformance.ts';

export interface Store extends RoomStore {
  readonly membership: Membership;
  readonly places: Places;
  readonly tokens: Revocable;
  readonly revocations: Revocations;
  /** The id of a new token that opens something. */
  readonly issue: () => Promise<string>;
}

let channels = 0;
const newChannel = (): string => {
  channels += 1;
  return `tenant:conformance-${channels}`;
};

export function storeConformance(title: string, open: () => Store): void {
  roomsConformance(title, open);

  describe(`${title}: numbers`, () => {
    it('start at 1 and go on where they ended, and the head is the last one', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.head(channel)).toBeUndefined();
      const first = await log.advance(channel, 3);
      expect(first).toMatchObject({ seq: 3, subs: 0 });
      expect(await log.advance(channel, 1)).toEqual({ ...first, seq: 4 });
      expect(await log.head(channel)).toEqual({ ...first, seq: 4 });
    });

    it('are given out once each to 20 callers at once, without a hole', async () => {
      const { log } = open();
      const channel = newChannel();
      const heads = await Promise.all(Array.from({ length: 20 }, () => log.advance(channel, 2)));
      expect(heads.map(({ seq }) => seq).toSorted((a, b) => a - b)).toEqual([
        2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40,
      ]);
      expect(new Set(heads.map(({ epoch }) => epoch)).size).toBe(1);
    });

    it('and versions are one head', async () => {
      const { log, membership } = open();
      const channel = newChannel();
      const first = await membership.bump(channel);
      expect(first).toMatchObject({ seq: 0, subs: 1 });
      expect(await log.advance(channel, 5)).toEqual({ ...first, seq: 5 });
      expect(await membership.bump(channel)).toEqual({ ...first, seq: 5, subs: 2 });
      expect(await log.head(channel)).toEqual({ ...first, seq: 5, subs: 2 });
    });
  });

  describe(`${title}: epochs`, () => {
    it('belong to their channel alone', async () => {
      const { log } = open();
      const [own, other] = [newChannel(), newChannel()];
      const { epoch } = await log.advance(own, 1);
      expect(log.owns(own, epoch)).toBe(true);
      expect(log.owns(other, epoch)).toBe(false);
    });

    it('begin with the first write, and a write of no numbers is one', async () => {
      const { log, now } = open();
      const channel = newChannel();
      const before = now();
      const begun = await log.advance(channel, 0);
      expect(begun).toMatchObject({ seq: 0, subs: 0 });
      expect(begun.since).toBeGreaterThanOrEqual(before);
      expect(await log.advance(channel, 1)).toEqual({ ...begun, seq: 1 });
    });
  });

  describe(`${title}: slots`, () => {
    it('reach back as far as there is one', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 5);
      await log.putSlot(channel, epoch, { first: 3, events: ['c', 'd', 'e'] });
      expect(await log.reaches(channel, epoch, 2)).toBe(false);
      expect(await log.reaches(channel, epoch, 3)).toBe(true);
      expect(await log.reaches(channel, epoch, 5)).toBe(true);
    });

    const written = async (log: EventLog, channel: string): Promise<string> => {
      const { epoch } = await log.advance(channel, 12);
      await log.putSlot(channel, epoch, { first: 9, events: ['i', null] });
      await log.putSlot(channel, epoch, { first: 1, events: ['a', 'b', 'c'] });
      await log.putSlot(channel, epoch, { first: 11, events: ['k'] });
      await log.putSlot(channel, epoch, { first: 4, events: [null] });
      return epoch;
    };

    it('are read in order by their first numbers, bounds included', async () => {
      const { log } = open();
      const channel = newChannel();
      const epoch = await written(log, channel);
      const firsts = async (from: number, to: number) =>
        (await log.slots(channel, epoch, from, to)).map(({ first }) => first);
      expect(await firsts(1, 12)).toEqual([1, 4, 9, 11]);
      expect(await firsts(2, 11)).toEqual([4, 9, 11]);
      expect(await firsts(4, 9)).toEqual([4, 9]);
      expect(await firsts(5, 8)).toEqual([]);
      expect(await log.slots(channel, epoch, 9, 9)).toEqual([{ first: 9, events: ['i', null] }]);
      expect(await log.slots(channel, 'another epoch', 1, 12)).toEqual([]);
    });

    it('are found by the last first number that is not above the one asked for', async () => {
      const { log } = open();
      const channel = newChannel();
      const epoch = await written(log, channel);
      expect(await log.slotAt(channel, epoch, 3)).toEqual({ first: 1, events: ['a', 'b', 'c'] });
      expect(await log.slotAt(channel, epoch, 4)).toEqual({ first: 4, events: [null] });
      expect(await log.slotAt(channel, epoch, 10)).toEqual({ first: 9, events: ['i', null] });
      expect(await log.slotAt(channel, epoch, 999)).toEqual({ first: 11, events: ['k'] });
      expect(await log.slotAt(channel, 'another epoch', 10)).toBeUndefined();
      expect(await log.slotAt(newChannel(), epoch, 10)).toBeUndefined();
    });

    it('are written once: a repeat of the same write counts as written, other content does not', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 2);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null] })).toBe(true);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null] })).toBe(true);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', 'b'] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a'] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: ['a', null, null] })).toBe(false);
      expect(await log.putSlot(channel, epoch, { first: 1, events: [null, null] })).toBe(false);
      expect(await log.slots(channel, epoch, 1, 2)).toEqual([{ first: 1, events: ['a', null] }]);
    });

    it('keep any text that an event may have', async () => {
      const { log } = open();
      const channel = newChannel();
      const { epoch } = await log.advance(channel, 1);
      const events = ['{"t":"\u{1F600} \u0001 \\u0000"}', 'x'.repeat(300_000)];
      await log.putSlot(channel, epoch, { first: 1, events });
      expect(await log.slotAt(channel, epoch, 1)).toEqual({ first: 1, events });
    });
  });

  describe(`${title}: names`, () => {
    const claimOf = (epoch: string, first: number): Claim => ({
      epoch,
      first,
      size: 2,
      seq: first + 1,
      done: false,
    });

    it('are taken once; who comes later learns who holds them', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toBe('claimed');
      expect(await log.claim(channel, 'n', claimOf('e1', 3))).toEqual(claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toEqual(claimOf('e1', 1));
      expect(await log.claim(channel, 'other', claimOf('e1', 3))).toBe('claimed');
      expect(await log.claim(newChannel(), 'n', claimOf('e1', 3))).toBe('claimed');
    });

    it('go to exactly one of 20 at once', async () => {
      const { log } = open();
      const channel = newChannel();
      const held = await Promise.all(
        Array.from({ length: 20 }, (_, n) => log.claim(channel, 'n', claimOf('e1', n + 1))),
      );
      expect(held.filter((each) => each === 'claimed')).toHaveLength(1);
      expect(new Set(held.flatMap((each) => (each === 'claimed' ? [] : each.first))).size).toBe(1);
    });

    it('are free again in another epoch', async () => {
      const { log } = open();
      const channel = newChannel();
      await log.claim(channel, 'n', claimOf('e1', 1));
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e2', 5))).toBe('claimed');
      expect(await log.claim(channel, 'n', claimOf('e2', 6))).toEqual(claimOf('e2', 5));
    });

    it('move from who holds them and from nobody else, until they are done', async () => {
      const { log } = open();
      const channel = newChannel();
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 1), claimOf('e1', 3))).toBe(false);
      await log.claim(channel, 'n', claimOf('e1', 1));
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 2), claimOf('e1', 3))).toBe(false);
      expect(await log.moveClaim(channel, 'n', claimOf('e0', 1), claimOf('e1', 3))).toBe(false);
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 1), claimOf('e1', 3))).toBe(true);
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual(claimOf('e1', 3));
      await log.settleClaim(channel, 'n', claimOf('e1', 3));
      expect(await log.moveClaim(channel, 'n', claimOf('e1', 3), claimOf('e1', 5))).toBe(false);
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual({ ...claimOf('e1', 3), done: true });
    });

    it('are marked done by who holds them and by nobody else', async () => {
      const { log } = open();
      const channel = newChannel();
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 1))).toBe('claimed');
      await log.settleClaim(channel, 'n', claimOf('e1', 2));
      await log.settleClaim(channel, 'n', claimOf('e0', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual(claimOf('e1', 1));
      await log.settleClaim(channel, 'n', claimOf('e1', 1));
      expect(await log.claim(channel, 'n', claimOf('e1', 9))).toEqual({ ...claimOf('e1', 1), done: true });
    });

    it('may be any text', async () => {
      const { log } = open();
      const channel = newChannel();
      for (const name of ['\u{1F600}'.repeat(1_024), 'a#b', ' ', '\u0000', '__proto__']) {
        expect(await log.claim(channel, name, claimOf('e1', 1))).toBe('claimed');
        expect(await log.claim(channel, name, claimOf('e1', 2))).toEqual(claimOf('e1', 1));
      }
    });
  });

  describe(`${title}: members and connections`, () => {
    it('members are listed by channel, once each, until they are deleted', async () => {
      const { membership, now } = open();
      const [x, y] = [newChannel(), newChannel()];
      const at = now();
      await membership.put(x, { connection: 'a=', at });
      await membership.put(x, { connection: 'b=', at });
      await membership.put(x, { connection: 'a=', at: at + 5 });
      await membership.put(y, { connection: 'a=', at });
      const list = async (channel: string) =>
        (await membership.list(channel)).toSorted((p, q) => (p.connection < q.connection ? -1 : 1));
      expect(await list(x)).toEqual([
        { connection: 'a=', at: at + 5 },
        { connection: 'b=', at },
      ]);
      await membership.delete(x, 'a=');
      await membership.delete(x, 'nobody');
      expect(await list(x)).toEqual([{ connection: 'b=', at }]);
      expect(await list(y)).toEqual([{ connection: 'a=', at }]);
      expect(await list(newChannel())).toEqual([]);
    });

    it('a subscription says whether its client is still starting', async () => {
      const { membership, now } = open();
      const channel = newChannel();
      const subscription = { connection: 'a=', at: now() };
      expect(await membership.get(channel, 'a=')).toBeUndefined();
      await membership.put(channel, { ...subscription, starting: true });
      expect(await membership.get(channel, 'a=')).toEqual({ ...subscription, starting: true });
      expect(await membership.list(channel)).toEqual([{ ...subscription, starting: true }]);
      await membership.put(channel, subscription);
      expect(await membership.get(channel, 'a=')).toEqual(subscription);
    });

    it('a subscription is released from its start by whoever finds it, and a repeat is no refusal', async () => {
      const { membership, now } = open();
      const channel = newChannel();
      const subscription = {
        connection: 'a=',
        at: now(),
        credential: { token: 'token-1', until: now() + 5 },
      };
      await membership.put(channel, { ...subscription, starting: true });
      await membership.put(channel, { connection: 'b=', at: now(), starting: true });
      expect(await membership.release(channel, 'a=')).toBe(true);
      expect(await membership.get(channel, 'a=')).toEqual(subscription);
      expect(await membership.release(channel, 'a=')).toBe(true);
      expect(await membership.list(channel)).toEqual([
        subscription,
        { connection: 'b=', at: now(), starting: true },
      ]);
    });

    it('a subscription that has ended is not released, and does not come back', async () => {
      const { membership, now } = open();
      const channel = newChannel();
      expect(await membership.release(channel, 'a=')).toBe(false);
      await membership.put(channel, { connection: 'a=', at: now(), starting: true });
      await membership.delete(channel, 'a=');
      expect(await membership.release(channel, 'a=')).toBe(false);
      expect(await membership.get(channel, 'a=')).toBeUndefined();
      expect(await membership.list(channel)).toEqual([]);
    });

    const credentials = [
      { token: 'token-1', until: 1_700_000_000_123 },
      { token: 'token-2' },
      { until: 1_700_000_000_123 },
      undefined,
    ];

    it.each(credentials)('a subscription keeps the credential %j and has no other', async (credential) => {
      const { membership, now } = open();
      const channel = newChannel();
      await membership.put(channel, { connection: 'a=', at: now(), credential });
      const [listed] = await membership.list(channel);
      expect(listed?.credential).toEqual(credential);
      expect((await membership.get(channel, 'a='))?.credential).toEqual(credential);
      await membership.put(channel, { connection: 'a=', at: now() });
      expect((await membership.get(channel, 'a='))?.credential).toBeUndefined();
    });

    it.each(credentials)('a connection keeps the credential %j and has no other', async (credential) => {
      const { connections, now } = open();
      const id = `${newChannel()}=`;
      const connection = { id, at: now(), channels: ['x'], dialect: 'plain', live: false } as const;
      await connections.put({ ...connection, credential });
      expect((await connections.get(id))?.credential).toEqual(credential);
      expect((await connections.start(id, 'me'))?.credential).toEqual(credential);
      await connections.setLive(id, true);
      const found: Connection[] = [];
      for (let partition = 0; partition < 16; partition += 1) {
        for await (const each of connections.inPartition(partition)) if (each.id === id) found.push(each);
      }
      expect(found).toEqual([{ ...connection, live: true, credential }]);
      await connections.put(connection);
      expect((await connections.get(id))?.credential).toBeUndefined();
    });

    it('a connection is started by one, and a repeat of the same is no refusal', async () => {
      const { connections, now } = open();
      const id = `${newChannel()}=`;
      const connection: Connection = {
        id,
        at: now(),
        channels: ['x'],
        dialect: 'relay.v1',
        after: 'somewhere',
        live: false,
      };
      await connections.put(connection);
      expect(await connections.start(id, 'first')).toEqual(connection);
      expect(await connections.start(id, 'second')).toBeUndefined();
      expect(await connections.start(id, 'first')).toEqual(connection);
      await connections.setLive(id, true);
      expect(await connections.get(id)).toEqual({ ...connection, live: true });
      await connections.setLive(id, false);
      expect(await connections.get(id)).toEqual(connection);
    });

    it('a connection that is gone cannot be started, and does not come back', async () => {
      const { connections } = open();
      const id = `${newChannel()}=`;
      expect(await connections.start(id, 'me')).toBeUndefined();
      await connections.setLive(id, true);
      expect(await connections.get(id)).toBeUndefined();
    });

    it('connections are kept as they are until they are deleted, each in exactly one partition', async () => {
      const { connections, now } = open();
      const run = newChannel();
      const all = Array.from(
        { length: 64 },
        (_, n): Connection => ({
          id: `${run}-${n}=`,
          at: now() + n,
          channels: [run, 'y'],
          dialect: 'plain',
          live: true,
        }),
      );
      for (const each of all) await connections.put(each);
      expect(await connections.get(`${run}-7=`)).toEqual({
        id: `${run}-7=`,
        at: now() + 7,
        channels: [run, 'y'],
        dialect: 'plain',
        live: true,
      });
      const found: string[] = [];
      for (let partition = 0; partition < 16; partition += 1) {
        for await (const { id } of connections.inPartition(partition))
          if (id.startsWith(`${run}-`)) found.push(id);
      }
      expect(found.toSorted()).toEqual(all.map(({ id }) => id).toSorted());
      await connections.delete(`${run}-7=`);
      await connections.delete('nobody');
      expect(await connections.get(`${run}-7=`)).toBeUndefined();
    });
  });

  describe(`${title}: places`, () => {
    let used = 0;
    /** A place that no other test uses. */
    const newPlace = (): number => {
      used += 1;
      return used;
    };

    it('are held by one at a time, and the holder may take his again', async () => {
      const { places, now } = open();
      const place = newPlace();
      const lease = { until: now() + 1_000, user: 'u1' };
      expect((await places.held()).has(place)).toBe(false);
      expect(await places.take(place, 'a', lease)).toBe(true);
      expect(await places.take(place, 'b', lease)).toBe(false);
      expect(await places.take(place, 'a', lease)).toBe(true);
      expect((await places.held()).get(place)).toEqual(lease);
    });

    it('go to one of 20 who ask at once', async () => {
      const { places, now } = open();
      const place = newPlace();
      const asked = Array.from({ length: 20 }, (_, n) =>
        places.take(place, `holder-${n}`, { until: now() + 1_000 }),
      );
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
    });

    it('are freed by their holder and by nobody else', async () => {
      const { places, now } = open();
      const place = newPlace();
      await places.take(place, 'a', { until: now() + 1_000 });
      await places.free(place, 'b');
      expect((await places.held()).has(place)).toBe(true);
      await places.free(place, 'a');
      await places.free(place, 'a');
      expect((await places.held()).has(place)).toBe(false);
      expect(await places.take(place, 'b', { until: now() + 1_000 })).toBe(true);
    });

    it('are free again when their lease has ended, and are not the late holder’s to free', async () => {
      const { places, now } = open();
      const place = newPlace();
      await places.take(place, 'crashed', { until: now() });
      expect((await places.held()).has(place)).toBe(false);
      expect(await places.take(place, 'next', { until: now() + 1_000 })).toBe(true);
      await places.free(place, 'crashed');
      expect((await places.held()).has(place)).toBe(true);
    });
  });

  describe(`${title}: revocations`, () => {
    it('end their token and no other, for good', async () => {
      const { tokens, revocations, issue } = open();
      const [token, other] = [await issue(), await issue()];
      expect(await tokens.isActive(token)).toBe(true);
      await revocations.mark(token);
      expect(await tokens.isActive(token)).toBe(false);
      await revocations.mark(token);
      await revocations.forget(token);
      expect(await tokens.isActive(token)).toBe(false);
      expect(await tokens.isActive(other)).toBe(true);
    });

    it('are noted without an effect on their token', async () => {
      const { tokens, revocations, issue, now } = open();
      const token = await issue();
      await revocations.note({ token, channel: newChannel() }, now());
      expect(await tokens.isActive(token)).toBe(true);
    });

    it('are unfinished from their note until they are forgotten', async () => {
      const { revocations, issue, now } = open();
      const noted = [
        { token: await issue(), channel: newChannel() },
        { token: await issue(), channel: newChannel() },
      ] as const;
      const tokens = noted.map(({ token }) => token);
      const left = async () =>
        (await revocations.unfinished(now() + 1))
          .filter(({ token }) => tokens.includes(token))
          .toSorted((p, q) => tokens.indexOf(p.token) - tokens.indexOf(q.token));
      expect(await left()).toEqual([]);
      for (const each of noted) await revocations.note(each, now());
      expect(await left()).toEqual(noted);
      await revocations.mark(noted[0].token);
      expect(await left()).toEqual(noted);
      await revocations.forget(noted[0].token);
      await revocations.forget(noted[0].token);
      expect(await left()).toEqual([noted[1]]);
      await revocations.forget(noted[1].token);
      expect(await left()).toEqual([]);
    });

    it('are told where they were noted before a moment, and one that is noted again is noted then', async () => {
      const { revocations, issue, now } = open();
      const revocation = { token: await issue(), channel: newChannel() };
      const isLeft = async (before: number): Promise<boolean> =>
        (await revocations.unfinished(before)).some(({ token }) => token === revocation.token);
      await revocations.note(revocation, now());
      expect(await isLeft(now())).toBe(false);
      expect(await isLeft(now() + 1)).toBe(true);
      await revocations.note(revocation, now() + 60_000);
      expect(await isLeft(now() + 60_000)).toBe(false);
      expect(await isLeft(now() + 60_001)).toBe(true);
      await revocations.forget(revocation.token);
      expect(await isLeft(now() + 60_001)).toBe(false);
    });
  });
}
