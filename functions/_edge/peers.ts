/** What it takes to serve peers: their sessions, what one may use up, and what is told of its end. */
import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { makePeerConnections } from '../../shared/adapters/dynamodb/peer-connections.ts';
import { makePeerSessions } from '../../shared/adapters/dynamodb/peer-sessions.ts';
import { makePeerUsage, type RecordUsage } from '../../shared/adapters/dynamodb/peer-usage.ts';
import { env } from '../../shared/config.ts';
import { unmetered } from '../../shared/core/meter.ts';
import type { Arriving } from '../../shared/peers/arrival.ts';
import type { Forwarding } from '../../shared/peers/forward.ts';
import type { PeerSession } from '../../shared/peers/ports.ts';
import { measured } from './metrics.ts';
import { type Runtime, setting } from './runtime.ts';
import { openSockets } from './sockets.ts';
import { reportUndelivered } from './undelivered.ts';

export type Peers = Arriving & Forwarding;

export function openPeers({ table, clock }: Pick<Runtime, 'table' | 'clock'>, logger: Logger): Peers {
  const record = makePeerUsage(table);
  const report = reportUndelivered(logger);
  return {
    sessions: makePeerSessions(table),
    connections: makePeerConnections(table),
    sockets: openSockets(logger),
    clock,
    random: Math.random,
    // A frame writes no line of its own: what it adds to is told at the session's end.
    meter: unmetered,
    draw: randomUUID,
    timeoutMs: Number(setting(env.peerTimeout)) * 1_000,
    peerLimits: JSON.parse(setting(env.peerLimits)),
    onEnd: (session) => tell(session, record, logger),
    onUnfinished: (connection, error) => report('unfinished', connection, error),
  };
}

/** The record first: written again it is the same one, and a line would be another. */
async function tell(session: PeerSession, record: RecordUsage, logger: Logger): Promise<void> {
  const { id, bytes, frames, pairedAt, ended } = session;
  await record(session);
  // Whoever ends it may have looked at the clock before it was paired.
  const seconds = pairedAt === undefined || !ended ? 0 : Math.max(0, ended.at - pairedAt) / 1_000;
  const total = bytes.client + bytes.server;
  logger.info('session_closed', {
    event: 'session_closed',
    session_id: id,
    duration_seconds: seconds,
    bytes_client_to_server: bytes.client,
    bytes_server_to_client: bytes.server,
    total_bytes: total,
    reason: ended?.reason,
    frames,
    ...measured({ peer_sessions: 1, peer_seconds: seconds, peer_frames: frames, peer_bytes: total }),
  });
}
