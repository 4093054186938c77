/**
 * Chance that can be had again: a draw depends on the seed and on what it is for, and on nothing else. A generator that is asked
 * in turn would not do, since functions run in parallel and their calls never come in the same order twice.
 */

import { hash } from 'node:crypto';

/** A number in [0, 1), always the same for the same thing. */
export type Chance = (what: string) => number;

export function makeChance(seed: string): Chance {
  return (what) => Number.parseInt(hash('sha1', `${seed}\n${what}`).slice(0, 12), 16) / 2 ** 48;
}
