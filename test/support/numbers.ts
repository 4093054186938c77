/** The numbers of frames, as far as a cloud promises them. */
import { expect } from 'vitest';
import { can } from './needs.ts';
import type { Frame } from './socket-client.ts';

/** Exactly these; where numbers may be voids, others in the same order. */
export function expectNumbers(frames: readonly (Frame | undefined)[], expected: readonly number[]): void {
  const numbers = frames.map((frame) => frame?.seq ?? Number.NaN);
  if (can('exact-numbers')) expect(numbers).toEqual(expected);
  else expect(ranks(numbers)).toEqual(ranks(expected));
}

/** Each number's place among all of them. */
function ranks(numbers: readonly number[]): number[] {
  const sorted = numbers.toSorted((a, b) => a - b);
  return numbers.map((number) => sorted.indexOf(number));
}
