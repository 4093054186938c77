/**
 * A clock on which the ten idle minutes and the two hours of a connection pass while one watches. It is the clock of the platform
 * alone: functions go on reading the real time.
 */

import type { Clock } from '../clock.ts';

export function compressedClock(timesFaster: number): Clock {
  const start = Date.now();
  return {
    now: () => Math.round(start + (Date.now() - start) * timesFaster),
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs / timesFaster);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
