/** A meter for work whose figures nobody keeps. */
import type { Meter } from './ports.ts';

export const unmetered: Meter = { count: () => undefined, deliveryMs: () => undefined };
