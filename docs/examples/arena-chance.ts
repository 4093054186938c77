/** Chance that can be played again: the same seed gives the same numbers. For games, not for secrets. */

export interface Chance {
  /** From 0 up to, but not including, 1. */
  next(): number;
  pick<T>(from: readonly [T, ...T[]]): T;
}

export function makeChance(seed: string): Chance {
  let state = hash(seed);
  const next = (): number => {
    // A linear congruential generator; its high bits, which a fraction shows, are good enough for a game.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    next,
    pick: (from) => from[Math.floor(next() * from.length)] ?? from[0],
  };
}

function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}
