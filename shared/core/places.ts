/**
 * Places: how many streams may run at once. A stream holds a whole environment of its function for as long as it runs, and
 * a client beyond that number is to be told so, which takes an environment as well; so the relay counts by itself.
 *
 * A place is a lease with a fixed end. No function outlives its own time-out, so a lease that ends later than that covers
 * its stream without being renewed, and one whose holder has crashed is free again by itself. There are only so many
 * places to take, each taken by one conditional write: however many ask at once, never are more of them held.
 */
import { RelayError } from './errors.ts';
import { limits } from './limits.ts';
import type { Clock, Places } from './ports.ts';

export interface Seating {
  readonly places: Places;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
}

/** How often a place is guessed before anybody looks which are free; as a rule most are, and a guess needs no read. */
const GUESSES = 2;
/** How often somebody looks for a place who loses the race for it. */
const LOOKS = 8;

/** Takes one of `count` places for `holder`; its number. All taken is an error that says when to come back. */
export async function takePlace(
  { places, clock, random }: Seating,
  count: number,
  holder: string,
): Promise<number> {
  const all = Array.from({ length: count }, (_, place) => place);
  for (let attempt = 0; attempt < GUESSES + LOOKS; attempt += 1) {
    const held = attempt < GUESSES ? new Map<number, number>() : await places.held();
    const free = all.filter((place) => !held.has(place));
    const place = free[Math.floor(random() * free.length)];
    if (place === undefined) throw full(Math.min(...held.values()) - clock.now());
    if (await places.take(place, holder, clock.now() + limits.streamLeaseMs)) return place;
  }
  throw full(0);
}

/** `leaseMs`: how long the oldest lease still runs. Its stream ends sooner than that, unless it has crashed. */
function full(leaseMs: number): RelayError {
  const windowMs = leaseMs - (limits.streamLeaseMs - limits.streamWindowMs);
  const seconds = Math.max(1, Math.ceil(windowMs / 1_000));
  return new RelayError('busy', 'As many streams are open as this relay carries.', [], {
    'retry-after': String(seconds),
  });
}
