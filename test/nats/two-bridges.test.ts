/** Two bridges: one works, the other stands by; when the first is killed the second takes over, and says what may be missing. */
import { expect, test } from 'vitest';
import { startArena } from '../support/arena.ts';
import { until } from '../support/until.ts';
