/**
 * An engine's 20,000 messages to 200 clients of 50 sessions, through a real NATS server: in peace, and while the server is
 * restarted and the bridge is killed (contract rows A4 and A7).
 */
import { afterEach, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import type { Listener } from './crowd/listeners.ts';
import { type Act, type Played, play } from './crowd/play.ts';
import { brokenPromises, type Gap, gapsIn, isDue } from './crowd/promises.ts';
import { startTwinArena, type TwinArena, type Way } from './crowd/twin-arena.ts';

const MINUTE = 60_000;

const running: TwinArena[] = [];
afterEach(async () => {
  for (const arena of running.splice(0)) await arena.close();
});

async function start(way: Way): Promise<TwinArena> {
  const arena = await startTwinArena(way);
  running.push(arena);
  return arena;
}

const restart = ({ server }: TwinArena, at: number): Act => ({
  at,
  async run(listens) {
    await server.restart();
    await listens();
  },
});

/** The bridge ends at once, without a word; its successor has to wait until it is known to be dead. */
const kill = ({ cloud: { twin } }: TwinArena, at: number): Act => ({
  at,
  async run(listens) {
    const [bridge] = twin.containers();
    if (!bridge) throw new Error('there is no bridge');
    twin.killContainer(bridge.pid);
    await listens();
  },
});

function broken({ sender, listeners }: Played, gaps: readonly Gap[] = []): string[] {
  return listeners.flatMap((one) => brokenPromises(one, sender.sent.get(one.session) ?? [], gaps));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const repeatsOf = (listeners: readonly Listener[]): number => sum(listeners.map(({ repeats }) => repeats));

function print(way: string, played: Played, more = ''): void {
  const { sender, listeners, seconds } = played;
  const frames = sum(listeners.map(({ heard }) => heard.length));
  process.stdout.write(
    `${way}: ${sender.count} messages, ${frames} frames, ${repeatsOf(listeners)} repeats, ${seconds.toFixed()} s${more}\n`,
  );
}

test(
  'in peace every client gets the messages of its session, once, in order',
  async () => {
    const arena = await start('core NATS');
    const played = await play(arena);
    print('core NATS in peace', played);
    expect(broken(played)).toEqual([]);
    // Who comes back may be given once more what was published at that moment.
    expect(repeatsOf(played.listeners.filter(({ kind }) => kind === 'plain'))).toBe(0);
    expect(gapsIn(arena.cloud.lines)).toEqual([]);
  },
  3 * MINUTE,
);

test(
  'from a stream none is lost, none comes twice and order holds, though server and bridge go down twice each',
  async () => {
    const arena = await start('JetStream');
    const acts = [restart(arena, 0.15), kill(arena, 0.3), restart(arena, 0.5), kill(arena, 0.7)];
    const played = await play(arena, acts);
    print('JetStream', played);
    expect(broken(played)).toEqual([]);
  },
  4 * MINUTE,
);

test(
  'from core NATS nothing is missing but what was published in a gap that the bridge has told of',
  async () => {
    const arena = await start('core NATS');
    const acts = [restart(arena, 0.2), kill(arena, 0.4), kill(arena, 0.65)];
    const played = await play(arena, acts);
    const gaps = await until('a gap for each of the ends', () => {
      const found = gapsIn(arena.cloud.lines);
      return found.length >= acts.length ? found : undefined;
    });
    const sent = [...played.sender.sent.values()].flat();
    const due = sent.filter((message) => isDue(message, gaps));
    const longest = Math.max(...gaps.map(({ from, to }) => to - from));
    print(
      'core NATS',
      played,
      `; ${due.length} outside of ${gaps.length} gaps, of which the longest took ${longest} ms`,
    );
    expect(broken(played, gaps)).toEqual([]);
    // Each session's last message was published when all was over.
    expect(new Set(due.map(({ n }) => n)).size).toBeGreaterThan(1);
    expect(due.length).toBeGreaterThan(played.listeners.length);
  },
  4 * MINUTE,
);
