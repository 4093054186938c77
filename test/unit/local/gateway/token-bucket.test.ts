/**
 * How many calls a bucket lets through, at which times.
 */

import { describe, expect, it } from 'vitest';
import { TokenBucket } from '../../../../local/gateway/token-bucket.ts';

/** How many of so many calls at one moment are let through. */
const taken = (bucket: TokenBucket, calls: number) =>
  Array.from({ length: calls }, () => bucket.take()).filter(Boolean).length;

describe('a bucket of 10 a second and 5 at once', () => {
  it('lets the burst through, then the rate, and never saves more than the burst', () => {
    let now = 1_000;
    const bucket = new TokenBucket(10, 5, () => now);
    expect(taken(bucket, 9)).toBe(5);
    now += 250;
    expect(taken(bucket, 9)).toBe(2);
    // Half a token was left over.
    now += 50;
    expect(taken(bucket, 9)).toBe(1);
    now += 3_600_000;
    expect(taken(bucket, 9)).toBe(5);
  });
});
