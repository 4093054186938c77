import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Environment, EnvironmentEvents, Invocation } from '../../../../local/lambda/environment.ts';
import { ThrottledError } from '../../../../local/lambda/function-error.ts';
import { STANDSTILL_MS } from '../../../../local/lambda/limits.ts';
import { Pool } from '../../../../local/lambda/pool.ts';
import type { FunctionSpec } from '../../../../local/stack/functions.ts';

/** An environment that does what the test says, when it says so. */
interface Staged {
  readonly environment: Environment;
  readonly events: EnvironmentEvents;
  invocation: Invocation | undefined;
  /** How many it was given and has not finished; the pool of a function that streams looks at it. */
  load: number;
}

const staged: Staged[] = [];
let pool: Pool;

beforeEach(() => {
  vi.useFakeTimers();
  staged.length = 0;
  pool = poolOf({});
});

function poolOf(spec: Partial<FunctionSpec>): Pool {
  return new Pool(
    spec as FunctionSpec,
    (_, events) => {
      const one: Staged = { environment: {} as Environment, events, invocation: undefined, load: 0 };
      Object.defineProperty(one.environment, 'load', { get: () => one.load });
      Object.assign(one.environment, {
        run(invocation: Invocation) {
          one.invocation = invocation;
          one.load += 1;
        },
        kill: async () => 0,
      });
      staged.push(one);
      return one.environment;
    },
    () => {},
  );
}
afterEach(async () => {
  await pool.close();
  vi.useRealTimers();
});

const isReady = ({ environment, events }: Staged) => events.idle(environment);
const started = (index: number): Staged => staged[index] ?? expect.unreachable();
const burst = (count: number) =>
  Array.from({ length: count }, () => pool.invoke('{}', async () => undefined));

/** The invocation that an environment is at ends, and it takes the next. */
function finish(one: Staged): void {
  const { invocation } = one;
  one.invocation = undefined;
  one.load = 0;
  invocation?.succeed('null');
  isReady(one);
}

it('a burst starts four environments at once, and no other while they make progress', async () => {
  const answers = burst(40);
  expect(staged).toHaveLength(4);
  for (const one of staged) isReady(one);
  for (let round = 0; round < 9; round += 1) {
    await vi.advanceTimersByTimeAsync(STANDSTILL_MS - 1);
    finish(started(round % 4));
  }
  expect(staged).toHaveLength(4);
  while (staged.some(({ invocation }) => invocation)) for (const one of staged) finish(one);
  expect(await Promise.all(answers)).toHaveLength(40);
});

it('once they all wait for something, each invocation gets an environment, up to sixteen', async () => {
  const answers = burst(40);
  for (const one of staged) isReady(one);
  // The first look finds that the queue has moved, as the four took theirs; the second one that it has not.
  await vi.advanceTimersByTimeAsync(STANDSTILL_MS * 2);
  expect(staged).toHaveLength(16);
  for (const one of staged.slice(4)) isReady(one);
  expect(staged.every(({ invocation }) => invocation)).toBe(true);
  await vi.advanceTimersByTimeAsync(STANDSTILL_MS * 10);
  expect(staged).toHaveLength(16);
  while (staged.some(({ invocation }) => invocation)) for (const one of staged) finish(one);
  expect(await Promise.all(answers)).toHaveLength(40);
});

it('starts only as many as there are invocations waiting', async () => {
  const answers = burst(6);
  for (const one of staged) isReady(one);
  await vi.advanceTimersByTimeAsync(STANDSTILL_MS * 3);
  expect(staged).toHaveLength(6);
  for (const one of staged.slice(4)) isReady(one);
  for (const one of staged) finish(one);
  expect(await Promise.all(answers)).toHaveLength(6);
});

it('does not take a slow start for a standstill', async () => {
  const answers = burst(8);
  await vi.advanceTimersByTimeAsync(STANDSTILL_MS * 5);
  expect(staged).toHaveLength(4);
  for (const one of staged) isReady(one);
  for (const one of staged) finish(one);
  for (const one of staged) finish(one);
  expect(await Promise.all(answers)).toHaveLength(8);
});

it('streams share the sixteen environments, evenly, once there are no more', async () => {
  pool = poolOf({ isStreaming: true });
  burst(40);
  for (const one of staged) isReady(one);
  await vi.advanceTimersByTimeAsync(STANDSTILL_MS * 2);
  expect(staged).toHaveLength(16);
  expect(staged.map(({ load }) => load)).toEqual([1, 1, 1, 1, ...Array(12).fill(0)]);
  for (const one of staged.slice(4)) isReady(one);
  expect(staged.reduce((sum, { load }) => sum + load, 0)).toBe(40);
  for (const { load } of staged) expect([2, 3]).toContain(load);
});

it('beyond its reserved concurrency a function is not invoked, and an end makes room', async () => {
  pool = poolOf({ reservedConcurrency: 2 });
  const answers = burst(2);
  for (const one of staged) isReady(one);
  await expect(pool.invoke('{}', async () => undefined)).rejects.toBeInstanceOf(ThrottledError);
  for (const one of staged) finish(one);
  expect(await Promise.all(answers)).toEqual(['null', 'null']);
  const next = burst(1);
  for (const one of staged) finish(one);
  expect(await Promise.all(next)).toEqual(['null']);
});
