/** What is told of a session of peers at its end: a record, then one line. */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPeers } from '../../../../functions/_edge/peers.ts';
import { systemClock } from '../../../../shared/adapters/system-clock.ts';
import type { PeerSession } from '../../../../shared/peers/ports.ts';

const NOON = 1_795_262_400_000;

const session: PeerSession = {
  id: 'test-session-123',
  instance: 'i1',
  client: { connection: 'c1', at: NOON - 60_000 },
  server: { connection: 'c2', at: NOON - 45_200 },
  pairedAt: NOON - 45_200,
  lastAt: NOON - 1_000,
  bytes: { client: 12_345, server: 54_321 },
  frames: 412,
  ended: { at: NOON, reason: 'left', by: 'b1', since: NOON },
};

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('CONNECTIONS_ENDPOINT', 'https://p1.execute-api.us-east-1.amazonaws.com/live');
  vi.stubEnv('SESSION_TIMEOUT', '60');
  vi.stubEnv('PEER_LIMITS', '{"bytes":1000}');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

function open() {
  const logger = new Logger({ logLevel: 'SILENT' });
  const info = vi.spyOn(logger, 'info');
  const client = new DynamoDBClient({});
  const send = vi.spyOn(client, 'send').mockImplementation(async () => ({}));
  const table = { client, name: 'T', retentionSeconds: () => 86_400, now: () => NOON };
  return { peers: openPeers({ table, clock: systemClock }, logger), info, send };
}

it('peers are held to what the deployer has set', () => {
  expect(open().peers).toMatchObject({ timeoutMs: 60_000, peerLimits: { bytes: 1_000 } });
});

describe('the end of a session', () => {
  it('is one line with exactly these figures, which are its metrics as well', async () => {
    const { peers, info } = open();
    await peers.onEnd(session);
    expect(info.mock.calls).toEqual([
      [
        'session_closed',
        {
          event: 'session_closed',
          session_id: 'test-session-123',
          duration_seconds: 45.2,
          bytes_client_to_server: 12_345,
          bytes_server_to_client: 54_321,
          total_bytes: 66_666,
          reason: 'left',
          frames: 412,
          peer_sessions: 1,
          peer_seconds: 45.2,
          peer_frames: 412,
          peer_bytes: 66_666,
          _aws: expect.anything(),
        },
      ],
    ]);
  });

  it('is a session of no seconds where it never was paired', async () => {
    const { peers, info } = open();
    await peers.onEnd({ ...session, server: undefined, pairedAt: undefined });
    expect(info.mock.calls[0]?.[1]).toMatchObject({ duration_seconds: 0, peer_seconds: 0 });
  });

  it('is of no seconds where whoever ended it had looked at the clock before it was paired', async () => {
    const { peers, info } = open();
    await peers.onEnd({ ...session, pairedAt: NOON + 3 });
    expect(info.mock.calls[0]?.[1]).toMatchObject({ duration_seconds: 0, peer_seconds: 0 });
  });

  it('is on record before it is in the log, under its day and its own name', async () => {
    const { peers, info, send } = open();
    send.mockImplementation(async () => {
      expect(info).not.toHaveBeenCalled();
      return {};
    });
    await peers.onEnd(session);
    const [command] = send.mock.calls[0] ?? [];
    expect(command).toBeInstanceOf(PutItemCommand);
    expect(command?.input).toMatchObject({
      Item: { pk: { S: 'M#2026-11-21' }, sk: { S: '2026-11-21T12:00:00.000Z#i1' }, frames: { N: '412' } },
    });
    expect(info).toHaveBeenCalledOnce();
  });

  it('is not in the log where it could not be recorded', async () => {
    const { peers, info, send } = open();
    send.mockImplementation(async () => {
      throw new Error('throttled');
    });
    await expect(peers.onEnd(session)).rejects.toThrow('throttled');
    expect(info).not.toHaveBeenCalled();
  });
});
