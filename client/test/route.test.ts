import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../src/policy.ts';
import { chooseTransport, failed, type Route, startRoute, type Transport, worked } from '../src/route.ts';

const policy = { ...DEFAULT_POLICY, fallbackAfter: 2, websocketAgainMs: 60_000 };
const MINUTE = 60_000;

/** Goes on from attempt to attempt at one time: `-` is a failed one, `+` one that worked. */
function attempts(
  start: Route,
  now: number,
  outcomes: string,
  hasSse = true,
): { route: Route; tried: Transport[] } {
  let route = start;
  const tried: Transport[] = [];
  for (const outcome of outcomes) {
    const transport = chooseTransport(route, now);
    tried.push(transport);
    route =
      outcome === '+' ? worked(route, transport, now, policy) : failed(route, transport, now, policy, hasSse);
  }
  return { route, tried };
}

const onSse = attempts(startRoute(policy), 0, '--+').route;

describe('the choice of a transport', () => {
  it('is SSE once WebSocket has failed often enough in a row, and only in a row', () => {
    expect(attempts(startRoute(policy), 0, '--+').tried).toEqual(['websocket', 'websocket', 'sse']);
    expect(attempts(startRoute(policy), 0, '-+-+-').tried).not.toContain('sse');
  });

  it('is never SSE where there is none', () => {
    expect(attempts(startRoute(policy), 0, '-----', false).tried).not.toContain('sse');
  });

  it('takes turns while neither works', () => {
    expect(attempts(startRoute(policy), 0, '------').tried).toEqual([
      ...['websocket', 'websocket', 'sse', 'websocket', 'sse', 'websocket'],
    ]);
  });

  it('tries WebSocket once when its time has come, then after pauses that double up to an hour', () => {
    let route = onSse;
    const pauses: number[] = [];
    let last = 0;
    for (let minute = 1; minute < 360; minute += 1) {
      if (chooseTransport(route, minute * MINUTE) !== 'websocket') continue;
      pauses.push(minute - last);
      last = minute;
      const step = attempts(route, minute * MINUTE, '-+');
      expect(step.tried).toEqual(['websocket', 'sse']);
      route = step.route;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
  });

  it('relies on WebSocket again as soon as it works, with the first pause for the next time', () => {
    const { route } = attempts(onSse, MINUTE, '+');
    expect(route).toEqual(startRoute(policy));
  });

  it('gives SSE that has worked its chances too, before it starts over', () => {
    expect(attempts(onSse, 0, '-+-+-+').tried).toEqual(['sse', 'sse', 'sse', 'sse', 'sse', 'sse']);
    expect(attempts(onSse, 0, '----').tried).toEqual(['sse', 'sse', 'websocket', 'websocket']);
  });
});
