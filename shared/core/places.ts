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
import type { Clock, Lease, Places } from './ports.ts';

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

/**
 * Takes one of `count` places for `holder`; its number. All taken is an error that says when to come back, and so is a
 * `user` who has a quarter of them: anybody can become a user.
 */
export async function takePlace(
  { places, clock, random }: Seating,
  count: number,
  holder: string,
  user?: string,
): Promise<number> {
  const all = Array.from({ length: count }, (_, place) => place);
  const guesses = user === undefined ? GUESSES : 0;
  for (let attempt = 0; attempt < guesses + LOOKS; attempt += 1) {
    const held = attempt < guesses ? new Map<number, Lease>() : await places.held();
    const own = [...held.values()].filter((lease) => user !== undefined && lease.user === user);
    if (user !== undefined && own.length >= shareOf(count)) throw tooMany(retryAfter(own, clock.now()));
    const free = all.filter((place) => !held.has(place));
    const place = free[Math.floor(random() * free.length)];
    if (place === undefined) throw full(retryAfter([...held.values()], clock.now()));
    if (await places.take(place, holder, { until: clock.now() + limits.streamLeaseMs, user })) return place;
  }
  throw full(1);
}

/** How many places one user may have. Two that come at once may get one more between them. */
function shareOf(count: number): number {
  return Math.max(2, Math.ceil(count / 4));
}

/** Until the oldest of these streams ends, seconds: sooner than its lease, unless it has crashed. */
function retryAfter(leases: readonly Lease[], now: number): number {
  const leaseMs = Math.min(...leases.map(({ until }) => until)) - now;
  return Math.max(1, Math.ceil((leaseMs - (limits.streamLeaseMs - limits.streamWindowMs)) / 1_000));
}

function full(seconds: number): RelayError {
  return refusal('busy', 'As many streams are open as this relay carries.', seconds);
}

function tooMany(seconds: number): RelayError {
  return refusal('too-many', 'As many streams are open as one user may have.', seconds);
}

function refusal(code: 'busy' | 'too-many', detail: string, seconds: number): RelayError {
  return new RelayError(code, detail, [], { 'retry-after': String(seconds) });
}
