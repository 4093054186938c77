import { describe, expect, it } from 'vitest';
import { type Cursor, parseCursor } from '../src/cursor.ts';
import { connect } from '../src/index.ts';
import type { Gap } from '../src/state.ts';
import type { FakeLog } from './support/fake-log.ts';
import { FakeRelay, type Faults, NO_FAULTS } from './support/fake-relay.ts';
import { seeded, VirtualClock } from './support/world.ts';

const HOSTILE: Faults = {
  late: 400,
  lose: 0.05,
  repeat: 0.1,
  fail: 0.1,
  ignore: 0.05,
  refuse: 0.2,
  slow: 300,
};

/** What the walks went through, so that a model that has grown tame is noticed. */
const met = new Set<string>();

type Said = { readonly id: string } | Gap;

/** Goes through all that the application was told and says what is wrong with it. */
function faultsOf(said: readonly Said[], start: Cursor | undefined, log: FakeLog): string[] {
  const wrong: string[] = [];
  let at = start;
  const moveTo = (to: Cursor, what: string): void => {
    if (at && to.epoch !== at.epoch) wrong.push(`${what}: another numbering than ${at.epoch}.${at.seq}`);
    for (let seq = (at?.seq ?? to.seq - 1) + 1; seq < to.seq; seq += 1) {
      if (log.history.get(to.epoch)?.[seq - 1] === 'event')
        wrong.push(`${what}: ${to.epoch}.${seq} was skipped`);
    }
    if (at && to.seq <= at.seq) wrong.push(`${what}: comes after ${at.epoch}.${at.seq}`);
    at = to;
  };
  for (const item of said) {
    const to = parseCursor('id' in item ? item.id : item.from);
    if (!to) throw new Error('no cursor');
    if ('id' in item) moveTo(to, item.id);
    else {
      if (at && (to.epoch !== at.epoch || to.seq > at.seq)) moveTo({ ...to, seq: to.seq + 1 }, 'a gap');
      at = parseCursor(item.to);
    }
  }
  if (at) moveTo({ epoch: log.epoch, seq: log.given + 1 }, 'the end');
  return wrong;
}

async function run(seed: number, reader: 'callback' | 'loop', chained: boolean): Promise<void> {
  const random = seeded(seed);
  const clock = new VirtualClock();
  const relay = new FakeRelay(clock, random);
  relay.chained = chained;
  const below = (n: number): number => Math.floor(random() * n);
  const said: Said[] = [];
  const after = seed % 3 === 0 ? undefined : 'e1.0';
  const stream = connect({
    url: 'wss://relay.test/stream?tenant=t1',
    sse: 'https://relay.test/sse?tenant=t1',
    after,
    clock,
    random,
    WebSocket: relay.WebSocket,
    fetch: relay.fetch,
    buffer: 20,
    reorderEvents: 10,
    websocketAgainMs: 30_000,
  });
  stream.on('gap', (gap) => said.push(gap));
  stream.on('gap', () => met.add('gap'));
  stream.on('state', (state, reason) => met.add(state).add(reason));
  stream.on('error', ({ code }) => met.add(code));
  let eager = false;
  async function read(): Promise<void> {
    for await (const { id } of stream) {
      said.push({ id });
      if (!eager && below(4) === 0)
        await new Promise<void>((resolve) => void clock.after(below(3_000), resolve));
    }
  }
  let reading: Promise<void> | undefined;
  if (reader === 'callback') stream.on('event', ({ id }) => said.push({ id }));
  else reading = read();

  relay.faults = HOSTILE;
  for (let step = 0; step < 120; step += 1) {
    const drawn = random();
    if (drawn < 0.45) relay.publish(1 + below(6));
    else if (drawn < 0.52) relay.publish(1 + below(2), 'void');
    else if (drawn < 0.56) relay.cut();
    else if (drawn < 0.57) relay.log.expire(below(30));
    else if (drawn < 0.575) relay.log.renumber();
    else if (drawn < 0.59) relay.blocked.websocket = [false, true, 'silent' as const][below(3)] ?? false;
    else if (drawn < 0.6) relay.blocked.sse = [false, true, 401][below(3)] ?? false;
    else if (drawn < 0.62) relay.heartbeat();
    else await clock.pass(below(drawn < 0.95 ? 600 : 60_000));
  }
  relay.faults = NO_FAULTS;
  relay.blocked.websocket = false;
  relay.blocked.sse = false;
  eager = true;
  for (let minute = 0; minute < 6; minute += 1) {
    await clock.pass(60_000);
    relay.heartbeat();
  }
  await clock.pass(30_000);
  expect({ seed, wrong: faultsOf(said, parseCursor(after), relay.log) }).toEqual({ seed, wrong: [] });
  expect({ seed, cursor: stream.cursor }).toEqual({ seed, cursor: relay.log.cursor(relay.log.given) });
  expect({ seed, state: stream.state }).toEqual({ seed, state: 'live' });
  const gaps = said.filter((item) => 'from' in item);
  expect(gaps.length).toBeLessThanOrEqual(relay.lost + relay.log.history.size - 1);
  if (after) expect(said.length).toBeGreaterThan(0);
  for (const { transport } of relay.handshakes) met.add(transport);
  for (const request of relay.requests) met.add(JSON.parse(request).action);
  stream.close();
  await reading;
  await clock.pass(0);
  relay.cut();
  await clock.pass(1_000);
  expect({ seed, timers: clock.pending }).toEqual({ seed, timers: 0 });
}

describe('against a hostile relay, each event comes once, in order, without a hole that was not reported', () => {
  const seeds = Array.from({ length: 10 }, (_, index) => index * 4 + 1);

  it.each(seeds)('by callbacks, seeds %i to +3', async (first) => {
    for (let seed = first; seed < first + 4; seed += 1) await run(seed, 'callback', true);
  });

  it.each(seeds)('by a slow loop, seeds %i to +3', async (first) => {
    for (let seed = first; seed < first + 4; seed += 1) await run(1_000 + seed, 'loop', true);
  });

  it.each(seeds)('with answers that do not say what they follow on, seeds %i to +3', async (first) => {
    for (let seed = first; seed < first + 4; seed += 1) await run(2_000 + seed, 'callback', false);
  });

  it('goes through all that there is: both transports, every state, every request, gaps, slow readers', () => {
    const all = [
      ...[
        'websocket',
        'sse',
        'connecting',
        'live',
        'recovering',
        'offline',
        'closed',
        'start',
        'resume',
        'ping',
      ],
      ...['gap', 'handshake', 'timeout', 'the consumer is behind', 'the stream ended'],
    ];
    expect(all.filter((thing) => !met.has(thing))).toEqual([]);
  });
});
