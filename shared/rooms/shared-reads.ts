/**
 * The log as the many clients of one publish read it: they lack the same numbers at the same moment, so a read that is under way
 * serves all of them. Nothing is kept: whoever looks later may find more. Not so the head, which has to be as new as the word that
 * there is more; what lies before a head that is known is there, or is waited for.
 */
import type { EventLog } from '../core/ports.ts';

export function sharedReads(log: EventLog): EventLog {
  return {
    ...log,
    slots: shared((channel: string, epoch: string, from: number, to: number) =>
      log.slots(channel, epoch, from, to),
    ),
    slotAt: shared((channel: string, epoch: string, seq: number) => log.slotAt(channel, epoch, seq)),
  };
}

function shared<Args extends readonly (string | number)[], Result>(
  read: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  const underWay = new Map<string, Promise<Result>>();
  return (...args) => {
    const key = JSON.stringify(args);
    const made =
      underWay.get(key) ??
      read(...args).finally(() => {
        underWay.delete(key);
      });
    underWay.set(key, made);
    return made;
  };
}
