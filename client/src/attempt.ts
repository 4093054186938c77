/** How a connection begins and what happens when there is none: attempts, tokens, back-off, the choice of a transport. */

import { doubled } from './policy.ts';
import { chooseTransport, failed, worked } from './route.ts';
import type { Loss } from './state.ts';
import { clearTimers, complain, enter, hasConnection, setTimer, type Turn } from './turn.ts';

/** How often in a row the token callback hears that its token may have been refused. */
const REFRESHES = 3;

export function attempt(turn: Turn): void {
  const { route, refusals, policy } = turn.state;
  const link = turn.state.link + 1;
  clearTimers(turn);
  turn.state = {
    ...turn.state,
    link,
    phase: { name: 'token', transport: chooseTransport(route, turn.now) },
  };
  turn.effects.push({ type: 'token', link, refused: refusals > 0 && refusals <= REFRESHES });
  setTimer(turn, 'deadline', policy.openMs * 3);
}

export function open(turn: Turn, token: string | undefined): void {
  const { phase, link, ledger, policy } = turn.state;
  if (phase.name !== 'token') return;
  const { transport } = phase;
  enter(turn, { name: 'opening', transport });
  const after = transport === 'sse' ? ledger.position : null;
  turn.effects.push({ type: 'open', link, transport, token, after });
  setTimer(turn, 'deadline', policy.openMs);
}

/** The transport carries: the next failure is a first one. */
export function carries(turn: Turn): void {
  const { phase, route, policy } = turn.state;
  if (phase.name !== 'opening' && phase.name !== 'greeting') return;
  turn.state = { ...turn.state, refusals: 0, route: worked(route, phase.transport, turn.now, policy) };
}

/** No connection now, another attempt later. The token, the handshake or the connection failed, as the phase tells. */
export function wait(turn: Turn, loss: Loss): void {
  const { phase, policy, hasSse } = turn.state;
  const steady = phase.name === 'open' && turn.now - phase.since >= policy.steadyMs;
  const attempts = steady ? 0 : turn.state.attempts;
  let { route, refusals } = turn.state;
  let changed = false;
  if (phase.name === 'opening' || phase.name === 'greeting') {
    route = failed(route, phase.transport, turn.now, policy, hasSse);
    // Back on the transport that is known to carry, without a pause: SSE, after WebSocket had its chance.
    changed = phase.transport !== turn.state.route.mode;
    // A browser is told no status: any WebSocket handshake may have been refused for its token.
    const tokenMayBeBad = phase.transport === 'websocket' || loss.status === 401;
    refusals = tokenMayBeBad ? refusals + 1 : 0;
  }
  turn.state = { ...turn.state, route, refusals, attempts };
  turn.reason = loss.reason;
  if (changed || (steady && loss.clean)) {
    attempt(turn);
    return;
  }
  clearTimers(turn);
  const delay = turn.random * doubled(policy.backoffMs, attempts, policy.backoffMaxMs);
  turn.state = { ...turn.state, attempts: attempts + 1, phase: { name: 'waiting' } };
  setTimer(turn, 'retry', Math.max(delay, loss.retryAfterMs ?? 0));
}

/** Gives up what there is, open or under way. */
export function drop(turn: Turn, loss: Loss): void {
  if (hasConnection(turn.state.phase)) turn.effects.push({ type: 'close', link: turn.state.link });
  wait(turn, loss);
}

/** The other side ended it, or there never was one. */
export function lost(turn: Turn, loss: Loss): void {
  if (turn.state.phase.name !== 'open') complain(turn, 'handshake', loss.reason, loss.status);
  wait(turn, loss);
}
