/**
 * An engine's 20,000 messages to 200 clients of 50 sessions, through a real NATS server: in peace, and while the server is
 * restarted and the bridge is killed (contract rows A4 and A7).
 */
import { expect, test } from 'vitest';
import { type Arena, startArena } from '../support/arena.ts';
import { until } from '../support/until.ts';
import { type Act, type Played, play } from './crowd/play.ts';
import { brokenPromises, type Gap, gapsIn, isDue } from './crowd/promises.ts';

const MINUTES = 60_000;

function broken({ sender, listeners }: Played, gaps: readonly Gap[] = []): string[] {
  return listeners.flatMap((listener) => brokenPromises(listener, sender.sent.get(listener.session) ?? [], gaps));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function print(name: string, { sender, listeners, seconds }: Played, more = ''): void {
  const repeats = sum(listeners.map((listener) => listener.repeats));
  const frames = sum(listeners.map(({ heard }) => heard.length));
  process.stdout.write(
    `${name}: ${sender.count} messages, ${frames} frames in ${seconds.toFixed()} s, ${repeats} repeats${more}\n`,
  );
}

/** The first bridge that there is ends at once, without a word; resolves when another one does its work. */
const kill = ({ cloud }: Arena, at: number): Act => ({
  at,
  async run(listens) {
    const [bridge] = cloud.twin.containers();
    if (!bridge) throw new Error('there is no bridge');
    await cloud.twin.killContainer(bridge.pid);
    await listens();
  },
});

const restart = ({ server }: Arena, at: number): Act => ({
  at,
  async run(listens) {
    await server.restart();
    await listens();
  },
});

test('in peace every client gets the messages of its session, once, in order', async () => {
  const arena = await startArena();
  try {
    const played = await play({ ...arena, way: 'core' });
    print('in peace', played);
    expect(broken(played)).toEqual([]);
    expect(sum(played.listeners.map(({ repeats }) => repeats))).toBe(0);
    expect(gapsIn(arena.cloud.lines)).toEqual([]);
  } finally {
    await arena.close();
  }
}, 3 * MINUTES);

test('with JetStream none is lost, none comes twice and order holds, however often server and bridge go down', async () => {
  const arena = await startArena({ jetStream: true });
  try {
    const acts = [restart(arena, 0.15), kill(arena, 0.3), restart(arena, 0.5), kill(arena, 0.7)];
    const played = await play({ ...arena, way: 'JetStream', acts });
    print('JetStream', played);
    expect(broken(played)).toEqual([]);
  } finally {
    await arena.close();
  }
}, 4 * MINUTES);

test('with core NATS nothing is missing but what was published in a gap that the bridge has recorded', async () => {
  const arena = await startArena();
  try {
    const acts = [restart(arena, 0.2), kill(arena, 0.4), kill(arena, 0.65)];
    const played = await play({ ...arena, way: 'core', acts });
    const gaps = await until('each end is recorded', () => {
      const found = gapsIn(arena.cloud.lines);
      return found.length >= acts.length ? found : undefined;
    });
    const sent = [...played.sender.sent.values()].flat();
    const due = sent.filter((message) => isDue(message, gaps)).length;
    const longest = Math.max(...gaps.map(({ from, to }) => to - from));
    print('core', played, `, ${due} due outside of ${gaps.length} gaps, the longest ${longest} ms`);
    expect(broken(played, gaps)).toEqual([]);
    // The last message of each session was published when all was over.
    expect(due).toBeGreaterThan(played.listeners.length);
  } finally {
    await arena.close();
  }
}, 4 * MINUTES);
