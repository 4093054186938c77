import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problemAnswer } from '../../../../functions/_edge/answer-problems.ts';
import { makeLogger } from '../../../../functions/_edge/logger.ts';
import { Tally } from '../../../../functions/_edge/metrics.ts';
import { measuredPublish } from '../../../../functions/_edge/publishing.ts';
import { reportUndelivered } from '../../../../functions/_edge/undelivered.ts';
import { reportUnset } from '../../../../functions/_edge/unset.ts';
import { RelayError } from '../../../../shared/core/errors.ts';
import type { Batch } from '../../../../shared/core/event.ts';
import { figuresIn, metricsIn } from '../../../support/embedded-metrics.ts';
import { engineOn, subscribe } from '../../../support/engine.ts';
import { type MemoryWorld, memoryWorld } from '../../../support/memory-world.ts';

/** What a function prints, line by line. With POWERTOOLS_DEV the logger writes to the global console, not to one of its own. */
let lines: string[];
beforeEach(() => {
  lines = [];
  const take = (line: string) => void lines.push(line);
  for (const level of ['info', 'error'] as const) vi.spyOn(console, level).mockImplementation(take);
  vi.stubEnv('POWERTOOLS_DEV', 'true');
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const batch = { channel: 'tenant:t1', events: [{ json: '{"n":1}' }] };

async function publishIn(world: MemoryWorld, batches: readonly Batch[] = [batch]): Promise<void> {
  await measuredPublish(engineOn(world), makeLogger(), 'live-events')(batches, 'request-1');
}

describe('a publish', () => {
  it('writes one line that is metric and log line at once', async () => {
    const world = memoryWorld();
    await subscribe(world, 'a', batch.channel, world.clock.now());
    await publishIn(world);
    expect(lines).toHaveLength(1);
    const [line = ''] = lines;
    expect(JSON.parse(line)).toMatchObject({
      level: 'INFO',
      message: 'published',
      surface: 'live-events',
      request_id: 'request-1',
    });
    const dimensions = { service: 'relay', surface: 'live-events' };
    expect(metricsIn(line)).toEqual([
      { name: 'accepted', value: 1, unit: 'Count', dimensions },
      { name: 'delivered', value: 1, unit: 'Count', dimensions },
      { name: 'delivery_ms', value: 0, unit: 'Milliseconds', dimensions },
    ]);
  });

  it('leaves out what is zero, but for what was accepted', async () => {
    const world = memoryWorld();
    const named = [{ ...batch, events: [{ json: '{"n":1}', name: 'x' }] }];
    for (const _attempt of [1, 2]) await publishIn(world, named);
    expect(lines.map(figuresIn)).toEqual([{ accepted: 1 }, { accepted: 0, repeated: 1 }]);
  });

  it('that fails half-way is told of, and still fails', async () => {
    const failing = memoryWorld({
      before(call) {
        if (call === 'list') throw new Error('no list');
      },
    });
    await expect(publishIn(failing)).rejects.toThrow('no list');
    expect(lines.map(figuresIn)).toEqual([{ accepted: 1 }]);
  });

  it('that fails before anything was accepted writes no line', async () => {
    const failing = memoryWorld({
      before() {
        throw new Error('no table');
      },
    });
    await expect(publishIn(failing)).rejects.toThrow('no table');
    expect(lines).toEqual([]);
  });

  it('to several channels took as long as the slowest, and counts a connection found dead beside its surface', () => {
    const tally = new Tally();
    for (const ms of [5, 70, 8]) tally.deliveryMs(ms);
    tally.count('gone');
    tally.count('gone', 2);
    tally.count('throttled', 0);
    expect(tally.figures).toEqual({ gone: 3, delivery_ms: 70 });
  });
});

describe('the metric of', () => {
  const ofService = (name: string) => [{ name, value: 1, unit: 'Count', dimensions: { service: 'relay' } }];

  it.each(['cut', 'unfinished'] as const)('a client that was %s is in its line', (what) => {
    reportUndelivered(makeLogger())(what, 'c1', new Error('why'));
    expect(lines.map((line) => metricsIn(line))).toEqual([ofService(what)]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ what, connection_id: 'c1' });
  });

  it.each(['gone', 'early'] as const)('a client that is %s is not: the publish counts it', (what) => {
    reportUndelivered(makeLogger())(what, 'c1');
    expect(lines.map((line) => metricsIn(line))).toEqual([[]]);
  });

  it('a secret without a value is in its line', () => {
    reportUnset(makeLogger(), 'RELAY_WEBHOOK_TOKEN', 'sender');
    expect(metricsIn(lines[0] ?? '')).toEqual(ofService('secret_unset'));
    expect(JSON.parse(lines[0] ?? '').message).toBe(
      'RELAY_WEBHOOK_TOKEN has no value; every sender is refused',
    );
  });

  it('a failure of ours is in its line, and so is a stream without a place; another refusal has none', () => {
    const logger = makeLogger();
    for (const error of [
      new Error('why'),
      new RelayError('busy', 'Full.'),
      new RelayError('invalid', 'No.'),
    ]) {
      problemAnswer(logger, error, 'request-1');
    }
    expect(lines.map((line) => metricsIn(line))).toEqual([
      ofService('failed'),
      ofService('streams_refused'),
      [],
    ]);
  });
});
