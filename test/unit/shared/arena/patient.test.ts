/** Calls that are repeated until they succeed, or until it is no more ours to go on. */
import { describe, expect, it } from 'vitest';
import { patiently, Stopped } from '../../../../shared/arena/patient.ts';

function open(failures: number) {
  const waits: number[] = [];
  const reported: unknown[] = [];
  const calls: unknown[][] = [];
  let mayGoOn = true;
  let onSleep = () => undefined as undefined;
  const port = {
    title: 'a port',
    calls: 0,
    async write(...given: unknown[]): Promise<string> {
      calls.push(given);
      this.calls += 1;
      if (calls.length <= failures) throw new Error(`failure ${calls.length}`);
      return 'written';
    },
    plain: (n: number) => n + 1,
    refuse(): never {
      throw new Error('refused');
    },
    async *list(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken off');
    },
  };
  const patient = patiently(port, {
    clock: {
      now: () => 0,
      async sleep(ms) {
        waits.push(ms);
        onSleep();
      },
    },
    mayGoOn: () => mayGoOn,
    report: (error) => reported.push(error),
  });
  const stop = () => {
    mayGoOn = false;
    return undefined;
  };
  return {
    port,
    patient,
    waits,
    reported,
    calls,
    stop,
    stopWhileAsleep: () => {
      onSleep = stop;
    },
  };
}

describe('a patient call', () => {
  it('that succeeds is made once', async () => {
    const { patient, calls, waits, reported } = open(0);
    expect(await patient.write('a', 1)).toBe('written');
    expect([calls, waits, reported]).toEqual([[['a', 1]], [], []]);
  });

  it('is repeated with the same arguments until it succeeds, each failure told, after waits of five seconds at most', async () => {
    const { patient, calls, waits, reported } = open(9);
    expect(await patient.write('a', 1)).toBe('written');
    expect(calls).toEqual(new Array(10).fill(['a', 1]));
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    expect(reported).toEqual(Array.from({ length: 9 }, (_, n) => new Error(`failure ${n + 1}`)));
  });

  it('sees its own port, as a method does', async () => {
    const { patient, port } = open(2);
    await patient.write();
    expect(port.calls).toBe(3);
  });

  it('stops at a failure when it may not go on, and says which one it was', async () => {
    const { patient, calls, waits, stop } = open(9);
    stop();
    const error: unknown = await patient.write().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Stopped);
    expect(error).toMatchObject({ message: 'the lease is lost', cause: new Error('failure 1') });
    expect([calls.length, waits]).toEqual([1, []]);
  });

  it('is not repeated when it may not go on any more after the wait', async () => {
    const { patient, calls, stopWhileAsleep } = open(9);
    stopWhileAsleep();
    await expect(patient.write()).rejects.toThrow(Stopped);
    expect(calls).toHaveLength(1);
  });

  it('that succeeds counts, whether or not it might go on', async () => {
    const { patient, stop } = open(0);
    stop();
    expect(await patient.write()).toBe('written');
  });
});

describe('what gives no promise', () => {
  it('is left as it is', async () => {
    const { patient, reported } = open(0);
    expect(patient.title).toBe('a port');
    expect(patient.plain(1)).toBe(2);
    expect(() => patient.refuse()).toThrow('refused');
    const seen: number[] = [];
    const listed = (async () => {
      for await (const n of patient.list()) seen.push(n);
    })();
    await expect(listed).rejects.toThrow('broken off');
    expect([seen, reported]).toEqual([[1], []]);
  });
});
