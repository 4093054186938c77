/**
 * Two bridges: one works, the other stands by. When the first is killed the second takes over within the rules of the lease
 * (`shared/arena/leadership.ts`): how long that takes is printed, and nothing here depends on it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { makeListener } from './crowd/listeners.ts';
import { brokenPromises, gapsIn, isDue } from './crowd/promises.ts';
import { Sender } from './crowd/sender.ts';
import { startTwinArena, type Way } from './crowd/twin-arena.ts';

const SESSION = 'two-bridges';
const PAUSE_MS = 100;
/** Messages that must have arrived before the kill, and after it. */
const FEW = 20;

/** Whoever wrote the lease last holds it: the others read it only, as long as it is renewed. */
const isOfLease = (operation: string, body: unknown): boolean =>
  operation === 'PutItem' && JSON.stringify(body).includes('"pk":{"S":"B"}');

test.each<Way>(['core NATS', 'JetStream'])(
  'the other one goes on when the one that works is killed: %s',
  async (way) => {
    let killHolder: (() => void) | undefined;
    const arena = await startTwinArena(way, {
      copies: 2,
      onAwsCall({ operation, body, kill }, proceed) {
        if (isOfLease(operation, body)) killHolder = kill;
        return proceed();
      },
    });
    const listeners = (['plain', 'library'] as const).map((kind) => makeListener(arena.cloud, SESSION, kind));
    const sender = await Sender.start(arena.server.url, [SESSION], way);
    try {
      for (const listener of listeners) await listener.open();
      let isOver = false;
      const talking = (async () => {
        for (; !isOver; await sleep(PAUSE_MS)) await sender.say(SESSION, 1);
      })();
      const heard = (n: number): Promise<unknown> =>
        Promise.all(
          listeners.map((one) =>
            until(`${one.kind} hears ${n}`, () => (one.heard.at(-1) ?? 0) >= n || undefined),
          ),
        );
      await heard(FEW);

      const killedAt = performance.now();
      const first = sender.count + 1;
      if (!killHolder) throw new Error('no bridge has taken the lease');
      killHolder();
      await heard(first);
      const seconds = (performance.now() - killedAt) / 1_000;
      await heard(sender.count + FEW);
      isOver = true;
      await talking;
      await sender.end();
      for (const listener of listeners) await listener.hasAll(30_000);

      const gaps = gapsIn(arena.cloud.lines);
      const sent = sender.sent.get(SESSION) ?? [];
      const due = sent.filter((message) => isDue(message, gaps));
      process.stdout.write(
        `${way}: taken over ${seconds.toFixed(1)} s after the kill; ${due.length} of ${sent.length} messages due\n`,
      );
      expect(listeners.flatMap((one) => brokenPromises(one, sent, gaps))).toEqual([]);
      expect(gaps).toHaveLength(way === 'core NATS' ? 1 : 0);
      expect(due.length).toBeGreaterThan(FEW);
    } finally {
      await sender.close();
      for (const listener of listeners) await listener.close();
      await arena.close();
    }
  },
  120_000,
);
