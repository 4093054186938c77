/**
 * The local twin on a hostile platform (docs/hostile.md), by RELAY_SEED. Its senders repeat what failed, under a name, and its
 * clients drop repeats: what the contracts ask of both. Sockets are not cut here, since a plain client cannot recover what it
 * misses; the storms do that (test/support/storm). Of the open questions, two have the reading without which no plain client
 * could be promised order, or an event of more than 32 KB; and a third one where clients take text frames alone.
 */
import type { CloudKind, RetryPolicy } from './cloud.ts';
import { startTwinCloud } from './twin.ts';

const MAX_RETRIES = 100;
const PAUSE_MS = 40;

/** What its senders and clients do about it. */
export const retryPolicy: RetryPolicy = {
  retryAfterMs: (status, attempt) =>
    (status === 429 || status >= 500) && attempt < MAX_RETRIES ? PAUSE_MS : undefined,
  namesPosts: true,
};

export const hostile: CloudKind = {
  name: 'hostile',
  cannot: [
    'inside',
    'exact-numbers',
    'long-invocations',
    'many-sockets',
    'sure-calls',
    'sure-departures',
    'sure-hand-offs',
  ],
  async start(options) {
    const seed = process.env.RELAY_SEED ?? '1';
    const rates = { 'socket-cut': 0, 'socket-vanished': 0, 'socket-gone': 0 };
    const readings = {
      overtakingPosts: false,
      refusedLargePosts: false,
      ...(options.textFrames && { binaryPosts: false }),
    };
    const hostile = { seed, rates, readings };
    return { ...(await startTwinCloud({ ...options, hostile })), retryPolicy, mayRepeat: true };
  },
};
