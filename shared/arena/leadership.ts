/**
 * Which bridge works. One holds a lease and renews it; the others watch its version, and take it when that has stood still
 * for the lease's time by their own clock. Clocks of two machines are never compared.
 */
import type { Clock } from '../core/ports.ts';
import type { Lease, Leases, Progress } from './ports.ts';

/** How often the holder renews, milliseconds. */
export const RENEW_MS = 3_000;
/** How often the others look, milliseconds. */
export const LOOK_MS = 2_000;
/** A version that has stood still for so long has lost its holder, milliseconds. */
const LEASE_MS = 9_000;
/** The holder stops that much sooner, since its own renewals take their time. */
const MARGIN_MS = 1_500;

interface Held {
  readonly lease: Lease;
  readonly until: number;
  /** When its renewal was asked for first. */
  askedAt?: number;
}

export class Leadership {
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #holder: string;
  #term = 0;
  #held: Held | undefined;
  /** What was seen last, and since when it has been like that. */
  #seen: { readonly lease: Lease; readonly since: number } | undefined;

  /** `holder`: names this bridge, and no other one that ever ran. */
  constructor(leases: Leases, clock: Clock, holder: string) {
    this.#leases = leases;
    this.#clock = clock;
    this.#holder = holder;
  }

  get isHeld(): boolean {
    return this.#held !== undefined && this.#clock.now() < this.#held.until;
  }

  /** Which of this bridge's times at work it is. */
  get term(): number {
    return this.#term;
  }

  /** How far whoever held it last came. */
  get progress(): Progress {
    return this.#held?.lease.progress ?? {};
  }

  /** Takes it if nobody works. */
  async tryToTake(): Promise<boolean> {
    if (this.isHeld) return true;
    this.#held = undefined;
    const lease = await this.#leases.read();
    if (lease && !this.#isLost(lease)) return false;
    const askedAt = this.#clock.now();
    const taken = await this.#leases.take(this.#holder, lease);
    if (!taken) return false;
    this.#hold(taken, askedAt);
    this.#term += 1;
    return true;
  }

  /** False when it is not ours any more. */
  async renew(progress: Progress): Promise<boolean> {
    const held = this.#held;
    if (!held) return false;
    // A renewal whose answer was lost may have raised the version then: a repeat of it does not, and the others count from there.
    const askedAt = held.askedAt ?? this.#clock.now();
    held.askedAt = askedAt;
    const renewed = await this.#leases.renew(held.lease, progress, false);
    if (renewed) this.#hold(renewed, askedAt);
    else this.#held = undefined;
    return renewed !== undefined;
  }

  /** Puts it down, so that another one need not wait. */
  async release(progress: Progress): Promise<void> {
    const lease = this.isHeld ? this.#held?.lease : undefined;
    // Another one may have it before the answer is here.
    this.#held = undefined;
    if (lease) await this.#leases.renew(lease, progress, true);
  }

  #hold(lease: Lease, askedAt: number): void {
    this.#held = { lease, until: askedAt + LEASE_MS - MARGIN_MS };
    this.#seen = undefined;
  }

  #isLost(lease: Lease): boolean {
    // One of our own that we hold no more, as after a long time without NATS, is nobody's.
    if (lease.isFree || lease.holder === this.#holder) return true;
    const now = this.#clock.now();
    const { lease: before, since } = this.#seen ?? { since: now };
    if (before?.version !== lease.version || before.holder !== lease.holder) {
      this.#seen = { lease, since: now };
      return false;
    }
    return now - since >= LEASE_MS;
  }
}
