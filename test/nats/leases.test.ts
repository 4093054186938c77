/**
 * A lease that changes hands while an engine talks, or that its holder cannot renew in time: the messages go on, and what may be
 * missing is told. How long a take-over lasts is a matter of the lease's rules (`shared/arena/leadership.ts`): it is printed,
 * and nothing here depends on it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { AwsCall } from '../../local/aws/call.ts';
import type { TwinCloudOptions } from '../support/cloud.ts';
import { until } from '../support/until.ts';
import { makeListener } from './crowd/listeners.ts';
import { brokenPromises, type Gap, gapsIn, isDue } from './crowd/promises.ts';
import { Sender } from './crowd/sender.ts';
import { startTwinArena, type Way } from './crowd/twin-arena.ts';

const SESSION = 'leases';
const PAUSE_MS = 100;
/** Messages that must have arrived before something happens, and after it. */
const FEW = 20;
const HEARD_MS = 60_000;
/** Longer than a lease lasts. */
const LATE_MS = 9_500;

/** Whoever wrote the lease last holds it: the others read it only, as long as it is renewed. */
const isOfLease = ({ operation, body }: AwsCall): boolean =>
  operation === 'PutItem' && JSON.stringify(body).includes('"pk":{"S":"B"}');

/** An engine talks steadily; after some messages `disturb` is called, and some more must arrive. The gaps that were told of. */
async function talk(way: Way, options: TwinCloudOptions, disturb: () => void): Promise<readonly Gap[]> {
  const arena = await startTwinArena(way, options);
  const listeners = (['plain', 'library'] as const).map((kind) => makeListener(arena.cloud, SESSION, kind));
  const sender = await Sender.start(arena.server.url, [SESSION], way);
  let isOver = false;
  const heard = async (n: number): Promise<void> => {
    const hears = (numbers: readonly number[]) => (numbers.at(-1) ?? 0) >= n || undefined;
    for (const { kind, heard } of listeners)
      await until(`the client "${kind}" hears message ${n}`, () => hears(heard), HEARD_MS);
  };
  try {
    for (const listener of listeners) await listener.open();
    const talking = (async () => {
      for (; !isOver; await sleep(PAUSE_MS)) await sender.say(SESSION, 1);
    })();
    await heard(FEW);

    const began = performance.now();
    const first = sender.count + 1;
    disturb();
    await heard(first);
    const seconds = (performance.now() - began) / 1_000;
    await heard(first + Math.ceil(LATE_MS / PAUSE_MS));
    await heard(sender.count + FEW);
    isOver = true;
    await talking;
    await sender.end();
    for (const listener of listeners) await listener.hasAll(HEARD_MS);

    const gaps = gapsIn(arena.cloud.lines);
    const sent = sender.sent.get(SESSION) ?? [];
    const due = sent.filter((message) => isDue(message, gaps));
    process.stdout.write(
      `${way}: heard again after ${seconds.toFixed(1)} s; ${due.length} of ${sent.length} messages due\n`,
    );
    expect(listeners.flatMap((one) => brokenPromises(one, sent, gaps))).toEqual([]);
    expect(due.length).toBeGreaterThan(FEW);
    return gaps;
  } finally {
    isOver = true;
    await sender.close();
    for (const listener of listeners) await listener.close();
    await arena.close();
  }
}

const ways: readonly Way[] = ['core NATS', 'JetStream'];

test.each(ways)(
  'of two bridges the other one goes on when the one that works is killed: %s',
  async (way) => {
    let kill: (() => void) | undefined;
    const options: TwinCloudOptions = {
      copies: 2,
      onAwsCall(call, proceed) {
        if (isOfLease(call)) kill = call.kill;
        return proceed();
      },
    };
    const gaps = await talk(way, options, () => {
      if (!kill) throw new Error('no bridge has taken the lease');
      kill();
    });
    expect(gaps).toHaveLength(way === 'core NATS' ? 1 : 0);
  },
  180_000,
);

test.each(ways)(
  'a bridge that could not renew its lease in time begins anew: %s',
  async (way) => {
    let heldUntil = 0;
    const options: TwinCloudOptions = {
      async onAwsCall(call, proceed) {
        if (isOfLease(call)) await sleep(Math.max(0, heldUntil - performance.now()));
        return proceed();
      },
    };
    await talk(way, options, () => {
      heldUntil = performance.now() + LATE_MS;
    });
  },
  180_000,
);
