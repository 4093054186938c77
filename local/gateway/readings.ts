/**
 * What AWS's documents leave open and a function or a client could notice (docs/platform.md has the sources under "open"). The
 * calm twin has one reading; the hostile one takes either, by its seed.
 */

export interface Readings {
  /** A post goes out some time after its answer, so that the next one may overtake it. */
  overtakingPosts: boolean;
  /** An id that never was a connection is 403 rather than 410. */
  forbiddenUnknownIds: boolean;
  /** A post of more than 32 KB is refused with 413 rather than cut into frames. */
  refusedLargePosts: boolean;
  /** A post arrives in a binary frame rather than in a text frame. */
  binaryPosts: boolean;
  /** A message beyond the rate closes its connection with 1008 rather than being answered by a frame. */
  closedWhenThrottled: boolean;
  /** The client of a deleted connection sees 1001 rather than 1000, and the gateway's closes have no reason. */
  otherCloseCodes: boolean;
}

export const USUAL_READINGS: Readings = {
  overtakingPosts: false,
  forbiddenUnknownIds: false,
  refusedLargePosts: false,
  binaryPosts: false,
  closedWhenThrottled: false,
  otherCloseCodes: false,
};
