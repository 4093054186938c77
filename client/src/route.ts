/**
 * Which transport is tried next. WebSocket is the rule; SSE stands in where handshakes fail again and again although the
 * SSE URL answers (proxies that know no upgrade), and WebSocket is tried again now and then.
 */

import type { Policy } from './policy.ts';

export type Transport = 'websocket' | 'sse';

export interface Route {
  /** The transport that is relied on. */
  readonly mode: Transport;
  /** Its handshakes that failed in a row. */
  readonly failures: number;
  /** When WebSocket gets another chance while SSE serves; null until SSE has answered. */
  readonly againAt: number | null;
  readonly pauseMs: number;
}

const LONGEST_PAUSE_MS = 3_600_000;

export function startRoute(policy: Policy): Route {
  return { mode: 'websocket', failures: 0, againAt: null, pauseMs: policy.websocketAgainMs };
}

export function chooseTransport(route: Route, now: number): Transport {
  return route.againAt !== null && now >= route.againAt ? 'websocket' : route.mode;
}

export function worked(route: Route, transport: Transport, now: number, policy: Policy): Route {
  if (transport === 'websocket') return startRoute(policy);
  return { ...route, failures: 0, againAt: route.againAt ?? now + route.pauseMs };
}

export function failed(
  route: Route,
  transport: Transport,
  now: number,
  { fallbackAfter, websocketAgainMs }: Policy,
  hasSse: boolean,
): Route {
  if (transport !== route.mode) {
    const pauseMs = Math.min(route.pauseMs * 2, LONGEST_PAUSE_MS);
    return { ...route, pauseMs, againAt: now + pauseMs };
  }
  const failures = route.failures + 1;
  const enough = failures >= fallbackAfter;
  if (transport === 'websocket') {
    return {
      ...route,
      mode: hasSse && enough ? 'sse' : 'websocket',
      failures: hasSse && enough ? 0 : failures,
    };
  }
  // SSE that never answered is no better than WebSocket: they take turns. One that did is given its chances.
  const useless = route.againAt === null;
  if (!useless && !enough) return { ...route, failures };
  const last = useless ? fallbackAfter - 1 : 0;
  return { mode: 'websocket', failures: last, againAt: null, pauseMs: websocketAgainMs };
}
