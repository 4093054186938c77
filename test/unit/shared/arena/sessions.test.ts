/** Messages are published session by session: in order, one publish at a time, what came meanwhile as the next one. */
import { describe, expect, it, vi } from 'vitest';
import { Sessions } from '../../../../shared/arena/sessions.ts';
import type { Batch } from '../../../../shared/core/event.ts';

/** A publisher whose publishes end when a test says so. */
class Publisher {
  readonly begun: Batch[] = [];
  readonly #open: { readonly channel: string; resolve(): void; reject(error: Error): void }[] = [];

  readonly publish = (batch: Batch): Promise<void> => {
    this.begun.push(batch);
    return new Promise((resolve, reject) => this.#open.push({ channel: batch.channel, resolve, reject }));
  };

  get running(): string[] {
    return this.#open.map(({ channel }) => channel);
  }

  /** Ends the oldest one that runs, of that session or of any. */
  async end(session?: string, error?: Error): Promise<void> {
    const index = this.#open.findIndex(({ channel }) => !session || channel === `arena:${session}`);
    const [one] = this.#open.splice(index, 1);
    if (index < 0 || !one) throw new Error('none runs');
    if (error) one.reject(error);
    else one.resolve();
    await rest();
  }

  async endAll(): Promise<void> {
    while (this.#open.length > 0) await this.end();
  }
}

/** Whatever follows from what is settled. */
const rest = () => new Promise((resolve) => setImmediate(resolve));

const numbers = ({ events }: Batch): unknown[] => events.map(({ json }) => JSON.parse(json).data);

function open() {
  const publisher = new Publisher();
  const sessions = new Sessions(publisher.publish);
  const settled: unknown[] = [];
  const take = (session: string, data: unknown, name?: string) =>
    sessions.take({
      subject: `arena.${session}.event.clone`,
      payload: Buffer.from(JSON.stringify(data)),
      ...(name !== undefined && { name }),
      settled: () => settled.push(data),
    });
  return { publisher, sessions, settled, take };
}

/** What a promise came to by now. */
async function outcome<Result>(promise: Promise<Result>): Promise<Result | 'open'> {
  await rest();
  return Promise.race([promise, Promise.resolve('open' as const)]);
}

describe('a session', () => {
  it('is published to at once, under its channel, by the name that the broker has for the message', async () => {
    const { publisher, sessions, settled, take } = open();
    take('s1', { round: 1 }, 'nats:x:1');
    take('s2', 'b');
    expect(publisher.begun).toEqual([
      {
        channel: 'arena:s1',
        events: [{ json: '{"subject":"event.clone","data":{"round":1}}', name: 'nats:x:1' }],
      },
      { channel: 'arena:s2', events: [{ json: '{"subject":"event.clone","data":"b"}' }] },
    ]);
    expect([sessions.bytes, settled]).toEqual([
      '{"subject":"event.clone","data":{"round":1}}{"subject":"event.clone","data":"b"}'.length,
      [],
    ]);
    await publisher.endAll();
    expect([sessions.bytes, settled]).toEqual([0, [{ round: 1 }, 'b']]);
  });

  it('is given what has a name once, though it comes again while it waits or is being published', async () => {
    const { publisher, settled, take } = open();
    take('s1', 1, 'one');
    take('s1', 2, 'two');
    take('s1', 1, 'one');
    take('s1', 2, 'two');
    await publisher.endAll();
    expect(publisher.begun.map(numbers)).toEqual([[1], [2]]);
    expect(settled).toEqual([1, 1, 2, 2]);
    // By now whoever publishes knows its name.
    take('s1', 1, 'one');
    await publisher.endAll();
    expect(publisher.begun).toHaveLength(3);
  });

  it('has one publish at a time, and what came meanwhile is the next one, in its order', async () => {
    const { publisher, settled, take } = open();
    for (let n = 0; n < 7; n += 1) take('s1', n);
    expect(publisher.begun.map(numbers)).toEqual([[0]]);
    await publisher.end();
    expect(settled).toEqual([0]);
    expect(publisher.begun.map(numbers)).toEqual([[0], [1, 2, 3, 4, 5, 6]]);
    take('s1', 7);
    expect(publisher.running).toEqual(['arena:s1']);
    await publisher.endAll();
    expect(publisher.begun.map(numbers)).toEqual([[0], [1, 2, 3, 4, 5, 6], [7]]);
    expect(settled).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('does not wait for another one', async () => {
    const { publisher, settled, take } = open();
    take('slow', 1);
    for (const n of [1, 2, 3]) {
      take('quick', n);
      await publisher.end('quick');
    }
    expect(settled).toEqual([1, 2, 3]);
    expect(publisher.running).toEqual(['arena:slow']);
  });

  it('is given at most 50 events at a time', async () => {
    const { publisher, take } = open();
    for (let n = 0; n < 252; n += 1) take('s1', n);
    await publisher.endAll();
    expect(publisher.begun.map(({ events }) => events.length)).toEqual([1, 50, 50, 50, 50, 50, 1]);
    expect(publisher.begun.flatMap(numbers)).toEqual(Array.from({ length: 252 }, (_, n) => n));
  });

  it('is given at a time what fits into one item of the log, to the byte', async () => {
    const { publisher, take } = open();
    const frame = '{"subject":"event.clone","data":""}'.length;
    const text = (bytes: number) => 'x'.repeat(bytes - frame);
    take('s1', 'first');
    for (const bytes of [100_000, 100_000, 100_000, 50]) take('s1', text(bytes));
    await publisher.end();
    expect(publisher.begun[1]?.events).toHaveLength(3);
    await publisher.end();
    expect(publisher.begun[2]?.events).toHaveLength(1);
    for (const bytes of [100_000, 100_000, 100_001, 50]) take('s1', text(bytes));
    await publisher.end();
    await publisher.endAll();
    expect(publisher.begun.slice(3).map(({ events }) => events.length)).toEqual([2, 2]);
  });

  it('counts bytes of UTF-8, not characters', async () => {
    const { publisher, take } = open();
    take('s1', 'first');
    for (let n = 0; n < 4; n += 1) take('s1', '\u20ac'.repeat(33_000));
    await publisher.endAll();
    expect(publisher.begun.map(({ events }) => events.length)).toEqual([1, 3, 1]);
  });
});

describe('sessions side by side', () => {
  it('are 16 at most, the others in the order in which they came', async () => {
    const { publisher, take } = open();
    for (let n = 0; n < 40; n += 1) take(`s${n}`, n);
    expect(publisher.running).toHaveLength(16);
    await publisher.end('s5');
    expect(publisher.running).toHaveLength(16);
    expect(publisher.running.at(-1)).toBe('arena:s16');
    await publisher.endAll();
    expect(publisher.begun.flatMap(numbers)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('get their turn although 32 others have more than one publish takes, all the time', async () => {
    const { publisher, settled, take } = open();
    for (let n = 0; n < 32; n += 1) for (let m = 0; m < 500; m += 1) take(`loud${n}`, 'loud');
    take('quiet', 'quiet');
    for (let n = 0; n < 33; n += 1) await publisher.end();
    expect(publisher.running).toContain('arena:quiet');
    await publisher.end('quiet');
    expect(settled).toContain('quiet');
    await publisher.endAll();
    expect(settled).toHaveLength(16_001);
  });
});

describe('what is never relayed', () => {
  it.each([
    'arena.init',
    'arena.s1',
    'arena',
    'arena.s1.input.fakenews',
    'arena.-s1.event.end',
    'other.s1.event.end',
  ])('is settled at once, and not published: %s', async (subject) => {
    const { publisher, sessions } = open();
    const settled = vi.fn();
    sessions.take({ subject, payload: Buffer.from('1'), settled });
    expect(settled).toHaveBeenCalledOnce();
    expect([publisher.begun, sessions.bytes]).toEqual([[], 0]);
    expect(await outcome(sessions.settled())).toBe(true);
  });
});

describe('settled', () => {
  it('is true at once where nothing was taken', async () => {
    expect(await outcome(open().sessions.settled())).toBe(true);
  });

  it('waits for what was taken before it was asked, in all sessions, and for nothing that came later', async () => {
    const { publisher, sessions, take } = open();
    take('s1', 1);
    take('s2', 2);
    take('s1', 3);
    const settled = sessions.settled();
    take('s3', 4);
    take('s1', 5);
    await publisher.end('s2');
    await publisher.end('s1');
    expect(await outcome(settled)).toBe('open');
    // The next publish of s1 has what came later as well.
    await publisher.end('s1');
    expect(await outcome(settled)).toBe(true);
    expect(publisher.running).toEqual(['arena:s3']);
    expect(await outcome(sessions.settled())).toBe('open');
  });

  it('comes under a load that never ends, for each who asked in the order in which they asked', async () => {
    const { publisher, sessions, take } = open();
    const told: number[] = [];
    for (let n = 0; n < 2_000; n += 1) {
      take(`s${n % 50}`, n);
      if (n % 100 === 0) void sessions.settled().then(() => told.push(n));
      if (n % 3 === 0) await publisher.end();
    }
    expect(told.length).toBeGreaterThan(5);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    await publisher.endAll();
    expect(told).toHaveLength(20);
  });
});

describe('abandoned', () => {
  it('sessions begin no further publish, and those that had begun are waited for', async () => {
    const { publisher, sessions, settled, take } = open();
    for (const n of [1, 2, 3]) take('s1', n);
    take('s2', 4);
    const abandoned = sessions.abandon().then(() => 'abandoned');
    expect(sessions.isAbandoned).toBe(true);
    take('s3', 5);
    await publisher.end('s1');
    expect(await outcome(abandoned)).toBe('open');
    await publisher.end('s2');
    expect(await outcome(abandoned)).toBe('abandoned');
    expect([publisher.begun.length, settled]).toEqual([2, [1, 4]]);
  });

  it('sessions tell whoever waits that it will not be, once nothing runs', async () => {
    const { publisher, sessions, take } = open();
    take('s1', 1);
    const first = sessions.settled();
    take('s1', 2);
    const second = sessions.settled();
    void sessions.abandon();
    expect([await outcome(first), await outcome(second)]).toEqual(['open', 'open']);
    await publisher.end();
    expect([await outcome(first), await outcome(second)]).toEqual([true, false]);
    expect(await outcome(sessions.settled())).toBe(false);
  });

  it('are sessions whose publish was refused: nothing is settled that was not published, nor published behind it', async () => {
    const { publisher, sessions, settled, take } = open();
    for (const n of [1, 2]) take('s1', n);
    for (const n of [3, 4]) take('s2', n);
    const all = sessions.settled();
    await publisher.end('s1', new Error('the lease is lost'));
    expect(sessions.isAbandoned).toBe(true);
    expect(await outcome(all)).toBe('open');
    await publisher.end('s2');
    expect([await outcome(all), settled, publisher.begun.length, sessions.bytes > 0]).toEqual([
      false,
      [3],
      2,
      true,
    ]);
    take('s1', 5);
    expect(publisher.running).toEqual([]);
  });

  it('sessions still settle what is never relayed', () => {
    const { sessions } = open();
    void sessions.abandon();
    const settled = vi.fn();
    sessions.take({ subject: 'arena.init', payload: Buffer.from(''), settled });
    expect(settled).toHaveBeenCalledOnce();
  });
});
