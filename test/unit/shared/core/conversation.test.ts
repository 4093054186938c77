import { describe, expect, it } from 'vitest';
import { arrived } from '../../../../shared/core/arrival.ts';
import type { Dialect } from '../../../../shared/core/ports.ts';
import { publish } from '../../../../shared/core/publish.ts';
import { engineOn, tell } from '../../../support/engine.ts';
import { epochOf, type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

const channel = 'tenant:t1';
const epoch = epochOf(channel);

async function worldWith(dialect: Dialect, events: number): Promise<MemoryWorld> {
  const world = memoryWorld();
  const list = Array.from({ length: events }, (_, n) => ({ json: JSON.stringify({ n }) }));
  if (events > 0) await publish(engineOn(world), [{ channel, events: list }]);
  await arrived(world, { id: 'a', at: world.clock.now(), channel, dialect });
  return world;
}

async function say(world: MemoryWorld, text: string, by = 'me'): Promise<unknown[]> {
  await tell(world, 'a', text, by);
  return (world.received.get('a') ?? []).map((frame) => JSON.parse(frame));
}

describe('a client of relay.v1', () => {
  it('that pings is told the head', async () => {
    expect(await say(await worldWith('relay.v1', 3), '{"action":"ping"}')).toEqual([
      { type: 'pong', head: `${epoch}.3` },
    ]);
  });

  it('that starts is started, once', async () => {
    const world = await worldWith('relay.v1', 2);
    await say(world, '{"action":"start"}', 'x');
    const said = await say(world, '{"action":"start"}', 'y');
    expect(said).toEqual([{ type: 'ready', channel, head: `${epoch}.2`, recovered: null }]);
    expect(await world.membership.list(channel)).toHaveLength(1);
  });

  it('that starts after a cursor gets the rest in one batch', async () => {
    const world = await worldWith('relay.v1', 3);
    expect(await say(world, `{"action":"start","after":"${epoch}.1"}`)).toEqual([
      { type: 'ready', channel, head: `${epoch}.3`, recovered: true },
      {
        type: 'events',
        after: `${epoch}.1`,
        events: [
          { id: `${epoch}.2`, seq: 2, n: 1 },
          { id: `${epoch}.3`, seq: 3, n: 2 },
        ],
        head: `${epoch}.3`,
        recovered: true,
      },
    ]);
  });

  it('that resumes gets the rest, and is told when the log no longer reaches back', async () => {
    const world = await worldWith('relay.v1', 2);
    expect(await say(world, `{"action":"resume","after":"${epoch}.2"}`)).toEqual([
      { type: 'events', after: `${epoch}.2`, events: [], head: `${epoch}.2`, recovered: true },
    ]);
    expect((await say(world, `{"action":"resume","after":"${epoch}.9"}`)).at(-1)).toEqual({
      type: 'events',
      after: `${epoch}.2`,
      events: [],
      head: `${epoch}.2`,
      recovered: false,
    });
  });

  it.each([
    ['{"action":"resume"}', 'bad_cursor'],
    ['{"action":"resume","after":"x"}', 'bad_cursor'],
    [`{"action":"resume","after":"${epochOf('tenant:t2')}.1"}`, 'bad_cursor'],
    ['{"action":"start","after":7}', 'bad_cursor'],
    ['{"action":"dance"}', 'unknown_action'],
    ['{}', 'unknown_action'],
    ['[]', 'unknown_action'],
    ['null', 'unknown_action'],
    ['hello', 'unknown_action'],
    ['', 'unknown_action'],
  ])('that says %s is told so, and nothing changes', async (text, error) => {
    const world = await worldWith('relay.v1', 1);
    expect(await say(world, text)).toEqual([{ type: 'error', error }]);
    expect(await world.membership.list(channel)).toEqual([]);
  });
});

it.each(['{"action":"ping"}', '{"action":"start"}', 'hello'])(
  'a plain client that says %s is not answered',
  async (text) => {
    expect(await say(await worldWith('plain', 1), text)).toEqual([]);
  },
);

it('a connection that is gone is not answered', async () => {
  const world = memoryWorld();
  expect(await say(world, '{"action":"ping"}')).toEqual([]);
});
