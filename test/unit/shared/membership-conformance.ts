/** What every store must do for those who listen: members, connections, and the places of streams. */
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../shared/core/ports.ts';
import { newChannel, type Store } from './conformance-store.ts';

export function membershipConformance(title: string, open: () => Store): void {
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
}
