/** A lease lasts as long as its holder works, and not much longer. */
import { expect, it } from 'vitest';
import { hold, holdDeadline, renew } from '../../../../shared/rooms/lease.ts';
import { publishToRooms } from '../../../../shared/rooms/publish.ts';
import { memoryWorld } from '../../../support/memory-world.ts';
import { connect, eventsTo, roomEvent, roomsOn } from '../../../support/rooms.ts';

const room = 'project:7';

async function worldWithClient() {
  const world = memoryWorld();
  await connect(world, 'a', { recovery: true }, [room]);
  return world;
}

it('is renewed while posts take their time, so that others find it taken', async () => {
  const world = await worldWithClient();
  const seen: unknown[] = [];
  const slow = world.as({
    async before(call) {
      if (call !== 'post') return;
      world.clock.advance(2_000);
      seen.push(await world.rooms.hold('a', 'another', world.clock.now() + 1));
    },
  });
  const events = Array.from({ length: 9 }, (_, n) => roomEvent('log_line', { n }, [room]));
  await publishToRooms(roomsOn(slow), events);
  expect(seen).toEqual(events.map(() => 'held'));
  expect(eventsTo(world, 'a').map(({ payload }) => payload.n)).toEqual(events.map((_, n) => n));
  expect(world.closed).toEqual([]);
});

it('costs nothing more where they do not', async () => {
  const world = await worldWithClient();
  const calls: string[] = [];
  const watched = world.as({ before: (call) => void calls.push(call) });
  await publishToRooms(roomsOn(watched), [roomEvent('log_line', { n: 1 }, [room])]);
  expect(calls.filter((call) => ['hold', 'letGo'].includes(call))).toEqual(['hold', 'letGo']);
});

it('of a holder that has died ends after twelve seconds; then the socket is closed', async () => {
  const world = await worldWithClient();
  const relay = roomsOn(world);
  expect(await hold(relay, 'a', 'dead', holdDeadline(relay))).toMatchObject({ by: 'dead' });
  world.clock.advance(11_999);
  expect(await hold(relay, 'a', 'other', holdDeadline(relay))).toBe('held');
  world.clock.advance(1);
  expect(await hold(relay, 'a', 'other', holdDeadline(relay))).toBe('lost');
  expect(world.closed).toEqual(['a']);
  expect(await hold(relay, 'a', 'other', holdDeadline(relay))).toBe('gone');
});

it('is not renewed where the connection is gone', async () => {
  const world = await worldWithClient();
  const relay = roomsOn(world);
  const held = await hold(relay, 'a', 'me', holdDeadline(relay));
  if (typeof held === 'string') return expect.unreachable();
  await world.connections.delete('a');
  expect(await renew(relay, held)).toBe(true);
  world.clock.advance(7_000);
  expect(await renew(relay, held)).toBe(false);
});
